/**
 * A button with a small panel below it. It closes by Escape, and by a click beside it.
 */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** A menu. What is in it are real controls; `label` is on the button. */
export function Menu(props: {
  readonly label: ComponentChildren;
  readonly children: ComponentChildren;
}): JSX.Element {
  const box = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const onPointer = (event: PointerEvent): void => {
      const own = box.current!;
      if (own.open && !own.contains(event.target as Node)) own.open = false;
    };
    document.addEventListener('pointerdown', onPointer);
    return () => document.removeEventListener('pointerdown', onPointer);
  }, []);
  return (
    <details
      ref={box}
      class="menu"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !box.current!.open) return;
        event.stopPropagation();
        box.current!.open = false;
        box.current!.querySelector('summary')!.focus();
      }}
    >
      <summary class="button">{props.label}</summary>
      <div class="menu-panel card stack">{props.children}</div>
    </details>
  );
}
