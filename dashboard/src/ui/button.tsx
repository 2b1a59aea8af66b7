/**
 * A button. What cannot be done now says why; what may not be done is not there at all.
 */
import type { ComponentChildren, JSX } from 'preact';

interface ButtonProps {
  readonly children: ComponentChildren;
  readonly onClick?: (event: MouseEvent) => void;
  readonly tone?: 'plain' | 'primary' | 'danger' | undefined;
  /** A filled danger button: the last step. */
  readonly isStrong?: boolean;
  readonly size?: 'small';
  readonly type?: 'button' | 'submit';
  readonly disabled?: boolean;
  /** Name for those who do not see the content. */
  readonly label?: string;
  /** Shown when the pointer rests on it; for what cannot be done, the reason. */
  readonly hint?: string | undefined;
  readonly isPressed?: boolean;
}

/** A button. */
export function Button(props: ButtonProps): JSX.Element {
  const { children, onClick, tone, isStrong, size, type = 'button', disabled, label, hint } = props;
  return (
    <button
      class="button"
      type={type}
      disabled={disabled}
      data-tone={tone}
      data-strong={isStrong}
      data-size={size}
      aria-label={label}
      aria-pressed={props.isPressed}
      title={hint ?? label}
      onClick={onClick}
    >
      {children}
    </button>
  );
}
