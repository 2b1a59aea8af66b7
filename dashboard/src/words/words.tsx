/**
 * The words of the pages in the language of whoever looks, and numbers, times and sizes as that language writes them.
 *
 * English comes with the pages; any other language is loaded when it is wanted.
 */
import { type ComponentChildren, createContext, type JSX } from 'preact';
import { useContext, useEffect, useMemo, useState } from 'preact/hooks';
import { en, type Words } from './en/index.ts';
import { createFormats, type Formats } from './formats.ts';

/** Languages there are. */
export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const;
/** One of them. */
export type Language = keyof typeof LANGUAGES;

const KEPT_AS = 'drover.language';

interface Spoken {
  readonly words: Words;
  readonly formats: Formats;
  readonly language: Language;
  readonly speak: (language: Language) => void;
}

const Speech = createContext<Spoken | null>(null);

/** For all that is below. */
export function WordsProvider(props: { readonly children: ComponentChildren }): JSX.Element {
  const [wanted, setWanted] = useState<Language>(preferred);
  const [spoken, setSpoken] = useState<{ language: Language; words: Words } | null>(
    wanted === 'en' ? { language: 'en', words: en } : null,
  );
  useEffect(() => {
    let isWanted = true;
    void wordsOf(wanted).then((words) => {
      if (isWanted) setSpoken({ language: wanted, words });
    });
    return () => {
      isWanted = false;
    };
  }, [wanted]);
  const value = useMemo((): Spoken | null => {
    if (!spoken) return null;
    document.documentElement.lang = spoken.language;
    return {
      ...spoken,
      formats: createFormats(spoken.language),
      speak: (language) => {
        localStorage.setItem(KEPT_AS, language);
        setWanted(language);
      },
    };
  }, [spoken]);
  return <Speech.Provider value={value}>{value && props.children}</Speech.Provider>;
}

function useSpoken(): Spoken {
  const spoken = useContext(Speech);
  if (!spoken) throw new Error('words are for what is inside of WordsProvider');
  return spoken;
}

/** The catalogue. */
export function useWords(): Words {
  return useSpoken().words;
}

/** Numbers, times and sizes in words. */
export function useFormats(): Formats {
  return useSpoken().formats;
}

/** The language, and how to change it. */
export function useLanguage(): Pick<Spoken, 'language' | 'speak'> {
  return useSpoken();
}

function preferred(): Language {
  const kept = localStorage.getItem(KEPT_AS);
  if (kept !== null && Object.hasOwn(LANGUAGES, kept)) return kept as Language;
  return navigator.language.startsWith('de') ? 'de' : 'en';
}

async function wordsOf(language: Language): Promise<Words> {
  return language === 'de' ? (await import('./de/index.ts')).de : en;
}
