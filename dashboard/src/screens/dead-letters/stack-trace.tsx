/**
 * A stack trace: frames of the application stand out, those of libraries and of Node step back.
 */
import type { JSX } from 'preact';
import { Code } from '../../ui/code.tsx';
import { Copy } from '../../ui/copy.tsx';
import { useWords } from '../../words/words.tsx';

/** Where code is that nobody here has written. */
const FOREIGN = /node_modules|\(node:|at node:|at (async )?native|<anonymous>\)?$/;

/** The stack, with the message that it begins with. */
export function StackTrace({ stack }: { readonly stack: string }): JSX.Element {
  const words = useWords().deadLetters;
  if (stack.trim() === '') return <p class="muted">{words.noStack}</p>;
  return (
    <figure class="dl-trace">
      <Code label={words.stack}>
        {stack.split('\n').map((line, i) => (
          <span key={i} class="dl-frame" data-kind={kindOf(line)}>
            {`${line}\n`}
          </span>
        ))}
      </Code>
      <div class="dl-trace-copy">
        <Copy text={stack} />
      </div>
    </figure>
  );
}

function kindOf(line: string): 'own' | 'foreign' | 'message' {
  if (!/^\s*at /.test(line)) return 'message';
  return FOREIGN.test(line) ? 'foreign' : 'own';
}
