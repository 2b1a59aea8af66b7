/**
 * A stack trace: frames of the application stand out, those of libraries and of Node step back.
 */
import './stack-trace.css';
import type { JSX } from 'preact';
import { useWords } from '../words/words.tsx';
import { Code } from './code.tsx';
import { Copy } from './copy.tsx';

/** Where code is that nobody here has written. */
const FOREIGN = /node_modules|\(node:|at node:|at (async )?native|<anonymous>\)?$/;

/** The stack, with the message that it begins with. */
export function StackTrace({ stack }: { readonly stack: string }): JSX.Element {
  const words = useWords().shell;
  if (stack.trim() === '') return <p class="muted">{words.noStack}</p>;
  return (
    <figure class="trace">
      <Code label={words.stack}>
        {stack.split('\n').map((line, i) => (
          <span key={i} class="trace-frame" data-kind={kindOf(line)}>
            {`${line}\n`}
          </span>
        ))}
      </Code>
      <div class="trace-copy">
        <Copy text={stack} />
      </div>
    </figure>
  );
}

function kindOf(line: string): 'own' | 'foreign' | 'message' {
  if (!/^\s*at /.test(line)) return 'message';
  return FOREIGN.test(line) ? 'foreign' : 'own';
}
