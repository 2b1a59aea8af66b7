/**
 * Text of programs in a box that scrolls, by the keyboard as well.
 */
import type { ComponentChildren, JSX } from 'preact';

/** A box; `label` names it for those who do not see it. */
export function Code(props: {
  readonly label: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
    <pre class="code" role="group" tabIndex={0} aria-label={props.label}>
      {props.children}
    </pre>
  );
}
