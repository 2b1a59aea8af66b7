/**
 * The frame around the screens: where one can go, who one is, and what holds for everything.
 */
import { useQueryClient } from '@tanstack/preact-query';
import type { ComponentChildren, JSX } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import { type May, useMay, useMe } from '../api/me.tsx';
import { keepToken, keptToken } from '../api/session.ts';
import { readSettings } from '../api/settings.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { LANGUAGES, type Language, useLanguage, useWords } from '../words/words.tsx';
import { Banners } from './banners.tsx';
import { useCommands } from './commands.tsx';
import { FoundJobs } from './found-jobs.tsx';
import { KeysSheet } from './keys-sheet.tsx';
import { Palette } from './palette.tsx';
import { to } from './paths.ts';
import { ScreenBoundary } from './screen-boundary.tsx';
import { keptTheme, setTheme, THEMES, type Theme } from './theme.ts';

/** Screens of the bar, each with its key and what it needs. */
const SCREENS = [
  { name: 'overview', href: to.overview(), key: 'g', needs: 'overview.get' },
  { name: 'deadLetters', href: to.deadLetters(), key: 'd', needs: 'groups.list' },
  { name: 'bulk', href: to.bulk(), key: 'b', needs: 'bulk.list' },
  { name: 'workers', href: to.workers(), key: 'w', needs: 'workers.list' },
  { name: 'schedulers', href: to.schedulers(), key: 's', needs: 'schedulers.list' },
  { name: 'redis', href: to.redis(), key: 'i', needs: 'redis.info' },
  { name: 'audit', href: to.audit(), key: 'a', needs: 'audit.list' },
  { name: 'access', href: to.access(), key: 'c', needs: 'access.me' },
] as const;

type Overlay = 'palette' | 'keys' | { readonly find: string } | null;

/** Frame and screen. */
export function Layout(props: { readonly children: ComponentChildren }): JSX.Element {
  const words = useWords().shell;
  const may = useMay();
  const queries = useQueryClient();
  const [location, go] = useLocation();
  const [overlay, setOverlay] = useState<Overlay>(null);
  const [theme, chooseTheme] = useTheme();
  const screens = SCREENS.filter(({ needs }) => may(needs));
  useFocusOnMain(location);
  useCommands([
    ...screens.map(({ name, href, key }) => ({
      ...({ id: `go.${name}`, label: words.nav[name], group: 'go', key } as const),
      run: () => go(href),
    })),
    general('palette', words.general.palette, 'mod+k', () => setOverlay('palette')),
    general('sheet', words.general.sheet, '?', () => setOverlay('keys')),
    general('refresh', words.general.refresh, 'r', () => void queries.invalidateQueries()),
    general('theme', words.general.theme, 't', () =>
      chooseTheme(THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!),
    ),
  ]);
  const close = useCallback(() => setOverlay(null), []);
  const find = useCallback((id: string) => setOverlay({ find: id }), []);
  return (
    <>
      {/* biome-ignore lint/a11y/useValidAnchor: it leads to a place on this page */}
      <a class="skip" href="#main" onClick={skip}>
        {words.skip}
      </a>
      <div class="frame">
        <Side {...{ location, may, screens, theme, chooseTheme }} onOverlay={setOverlay} />
        <div style={{ minWidth: 0 }}>
          <Banners />
          <main id="main" class="main" tabIndex={-1}>
            <ScreenBoundary>{props.children}</ScreenBoundary>
          </main>
        </div>
      </div>
      {overlay === 'palette' && <Palette onClose={close} onFind={find} />}
      {overlay === 'keys' && <KeysSheet onClose={close} />}
      {typeof overlay === 'object' && overlay !== null && (
        <FoundJobs id={overlay.find} onClose={close} />
      )}
    </>
  );
}

interface SideProps {
  readonly location: string;
  readonly may: May;
  readonly screens: readonly (typeof SCREENS)[number][];
  readonly theme: Theme;
  readonly chooseTheme: (theme: Theme) => void;
  readonly onOverlay: (overlay: Overlay) => void;
}

function Side({ location, screens, theme, chooseTheme, onOverlay }: SideProps): JSX.Element {
  const words = useWords().shell;
  const me = useMe();
  const { language, speak } = useLanguage();
  const { environment } = readSettings();
  const [isOpen, setIsOpen] = useState(false);
  useEffect(() => setIsOpen(false), [location]);
  return (
    <header class="side" data-open={isOpen}>
      <div class="side-head">
        <Link class="brand" href={to.overview()}>
          <img src="./icon.svg" alt="" />
          Drover {environment && <Badge tone="quiet">{environment}</Badge>}
        </Link>
        <span class="narrow-only">
          <button
            class="button"
            type="button"
            aria-expanded={isOpen}
            onClick={() => setIsOpen(!isOpen)}
          >
            {words.menu}
          </button>
        </span>
      </div>
      <div class="side-body">
        <nav aria-label={words.navigation}>
          <ul class="nav">
            {screens.map(({ name, href }) => (
              <li key={name}>
                <Link href={href} aria-current={isWithin(location, href) ? 'page' : undefined}>
                  {words.nav[name]}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div class="side-foot">
          <span>{words.signedInAs(me.name)}</span>
          <div class="row">
            <Button size="small" onClick={() => onOverlay('palette')}>
              {words.commands}
            </Button>
            <Button size="small" onClick={() => onOverlay('keys')}>
              {words.keys}
            </Button>
          </div>
          <label class="field">
            {words.theme}
            <select
              value={theme}
              onChange={(event) => chooseTheme(event.currentTarget.value as Theme)}
            >
              {THEMES.map((each) => (
                <option key={each} value={each}>
                  {words.themes[each]}
                </option>
              ))}
            </select>
          </label>
          <label class="field">
            {words.language}
            <select
              value={language}
              onChange={(event) => speak(event.currentTarget.value as Language)}
            >
              {Object.entries(LANGUAGES).map(([each, name]) => (
                <option key={each} value={each}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          {keptToken() !== null && (
            <Button
              size="small"
              onClick={() => {
                keepToken(null);
                window.location.reload();
              }}
            >
              {words.signIn.out}
            </Button>
          )}
        </div>
      </div>
    </header>
  );
}

function general(id: string, label: string, key: string, run: () => void) {
  return { id: `general.${id}`, label, group: 'general', key, run } as const;
}

/** Dead letters and schedulers of a queue belong to the screens that list those of all. */
const OF_QUEUE = /^\/queues\/[^/]+(?=\/(dead-letters|schedulers)\/)/;

function isWithin(location: string, href: string): boolean {
  const path = href.split('?')[0]!;
  const place = location.replace(OF_QUEUE, '');
  if (path === '/') return place === '/' || place.startsWith('/queues');
  return place === path || place.startsWith(`${path}/`);
}

function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setOwn] = useState(keptTheme);
  return [
    theme,
    (next) => {
      setTheme(next);
      setOwn(next);
    },
  ];
}

/** After a click on a link the keyboard begins at the top of the new screen. */
function useFocusOnMain(location: string): void {
  const isFirst = useRef(true);
  useEffect(() => {
    if (isFirst.current) isFirst.current = false;
    else {
      document.getElementById('main')?.focus({ preventScroll: true });
      window.scrollTo(0, 0);
    }
  }, [location]);
}

/** The address of the page has a base: a plain `#main` would lead there. */
function skip(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
