/**
 * Links beside each other that show parts of one thing. They are links: each part has an address.
 */
import type { ComponentChildren, JSX } from 'preact';
import { Link } from 'wouter-preact';

/** One of them. */
export interface Tab {
  readonly href: string;
  readonly label: ComponentChildren;
  readonly isCurrent: boolean;
}

/** Tabs. */
export function Tabs(props: {
  readonly label: string;
  readonly tabs: readonly Tab[];
}): JSX.Element {
  return (
    <nav class="tabs" aria-label={props.label}>
      {props.tabs.map(({ href, label, isCurrent }) => (
        <Link key={href} href={href} aria-current={isCurrent ? 'page' : undefined}>
          {label}
        </Link>
      ))}
    </nav>
  );
}
