/**
 * JSON as people read it, from the text that is stored: indented, and with every digit and every name as it was. Pure.
 */

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
const INDENT = '  ';

/** The text with line breaks; unchanged when it is no JSON. */
export function indented(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  const tokens = text.match(TOKENS) ?? [];
  let depth = 0;
  let written = '';
  for (const [i, token] of tokens.entries()) {
    const isEmpty = '{['.includes(token) && '}]'.includes(tokens[i + 1] ?? ' ');
    const wasEmpty = '}]'.includes(token) && '{['.includes(tokens[i - 1] ?? ' ');
    if ('{['.includes(token)) {
      depth += 1;
      written += isEmpty ? token : `${token}\n${INDENT.repeat(depth)}`;
    } else if ('}]'.includes(token)) {
      depth -= 1;
      written += wasEmpty ? token : `\n${INDENT.repeat(depth)}${token}`;
    } else if (token === ',') written += `,\n${INDENT.repeat(depth)}`;
    else written += token === ':' ? ': ' : token;
  }
  return written;
}
