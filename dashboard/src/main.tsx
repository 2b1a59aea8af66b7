/** Where the dashboard begins. */
import { render } from 'preact';
import { createClient } from '../../src/client/index.ts';

const client = createClient({ url: document.baseURI });
render(<p>{String(client)}</p>, document.getElementById('app')!);
