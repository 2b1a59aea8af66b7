/**
 * The drawn part of a chart. It is loaded when the first one is shown.
 *
 * It is drawn anew when the theme or the lines change, and follows the width of the page. The values under the pointer
 * can also be gone through with the arrow keys; they are read out as those of a slider.
 */
import 'uplot/dist/uPlot.min.css';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { useFormats } from '../words/words.tsx';
import { type ChartLine, type ChartUnit, clockOf, writerOf } from './chart-line.ts';
import { plotOptions } from './plot-options.ts';
import { useThemeTurn } from './theme-turn.ts';

interface PlotProps {
  /** Name of the plot, for those who do not see it. */
  readonly label: string;
  /** Epoch ms, ascending. */
  readonly times: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly unit: ChartUnit;
  readonly group: string;
  /** The moment whose values are shown, and these in words. */
  readonly index: number;
  readonly says: string;
  readonly onCursor: (index: number | null) => void;
}

const HEIGHT = 176;
const UNIT_STEPS = [1, 2, 5];
const WHOLE_STEPS = Array.from({ length: 9 }, (_, i) => UNIT_STEPS.map((n) => n * 10 ** i)).flat();
/** Round ones: ms, then seconds, minutes, hours, days. */
const DURATION_STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600].map((s) => s * 1_000),
  ...[2, 6, 12, 24, 48, 120, 240, 720].map((h) => h * 3_600_000),
];
const STEPS = { rate: undefined, duration: DURATION_STEPS, count: WHOLE_STEPS } as const;

/** The plot. */
export default function Plot(props: PlotProps): JSX.Element {
  const { label, times, lines, unit, group, index, says } = props;
  const formats = useFormats();
  const turn = useThemeTurn();
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const telling = useRef(props.onCursor);
  telling.current = props.onCursor;
  useEffect(() => {
    const target = box.current!;
    const options = plotOptions({
      ...{ lines, group, width: target.clientWidth, height: HEIGHT, steps: STEPS[unit] },
      colorOf: (css) => resolveColor(target, css),
      writeTime: clockOf(times, formats),
      writeValue: writerOf(unit, formats),
      onCursor: (at) => telling.current(at),
    });
    const data = [[...times], ...lines.map(({ values }) => [...values])] as uPlot.AlignedData;
    const made = new uPlot(options, data, target);
    plot.current = made;
    const sizes = new ResizeObserver(() =>
      made.setSize({ width: target.clientWidth, height: HEIGHT }),
    );
    sizes.observe(target);
    return () => {
      sizes.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [times, lines, unit, group, formats, turn]);
  const moveTo = (to: number): void => {
    const made = plot.current!;
    made.setCursor({ left: made.valToPos(times[to]!, 'x'), top: HEIGHT / 4 });
  };
  return (
    <div
      ref={box}
      class="plot"
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={times.length - 1}
      aria-valuenow={index}
      aria-valuetext={says}
      onKeyDown={(event) => {
        const to = steppedTo(event.key, index, times.length - 1);
        if (to === null) return;
        event.preventDefault();
        moveTo(to);
      }}
      onBlur={() => plot.current?.setCursor({ left: -10, top: -10 })}
    />
  );
}

function steppedTo(key: string, index: number, last: number): number | null {
  const wanted: Readonly<Record<string, number>> = {
    ...{ ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: last },
    ...{ PageUp: index - 10, PageDown: index + 10 },
  };
  const to = wanted[key];
  return to === undefined ? null : Math.min(last, Math.max(0, to));
}

/** A canvas knows no custom properties: the browser says what they are in this theme. */
function resolveColor(element: HTMLElement, css: string): string {
  element.style.color = css;
  const { color } = getComputedStyle(element);
  element.style.color = '';
  return color;
}
