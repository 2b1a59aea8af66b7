/**
 * A dialog over the page. Escape closes it, and focus goes back to where it was.
 */
import type { ComponentChildren, JSX } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  /** Its last line: buttons. */
  readonly foot?: ComponentChildren;
  readonly class?: string;
  /** Whether the title is for those only who do not see. */
  readonly hidesTitle?: boolean;
  /** Wider than usual, for data and plans. */
  readonly isWide?: boolean;
}

/** A dialog; it is open as long as it is there. */
export function Dialog(props: DialogProps): JSX.Element {
  const { title, onClose, children, foot, hidesTitle = false, isWide = false } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const closing = useRef(onClose);
  closing.current = onClose;
  const isPressedBeside = useRef(false);
  // Before the next key can come: it is meant for the dialog.
  useLayoutEffect(() => {
    const before = document.activeElement;
    const own = dialog.current!;
    own.showModal();
    return () => {
      own.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does the same as a click beside it
    <dialog
      ref={dialog}
      class={props.class}
      aria-labelledby={titleId}
      style={isWide ? { width: 'min(860px, calc(100vw - 24px))' } : undefined}
      onCancel={(event) => {
        event.preventDefault();
        closing.current();
      }}
      onPointerDown={(event) => {
        isPressedBeside.current = event.target === dialog.current;
      }}
      onClick={(event) => {
        // Whoever selects text may let go beside it.
        if (event.target === dialog.current && isPressedBeside.current) closing.current();
      }}
    >
      <div class={hidesTitle ? undefined : 'dialog-body'}>
        <h2 id={titleId} class={hidesTitle ? 'hidden-visually' : undefined}>
          {title}
        </h2>
        {children}
      </div>
      {foot && <div class="dialog-foot">{foot}</div>}
    </dialog>
  );
}
