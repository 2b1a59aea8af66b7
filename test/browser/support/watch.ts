/**
 * Watches everything that a page does, and keeps what no page may do: messages of trouble on its console, errors that
 * nobody catches, violations of its policy for content, requests to anywhere but its own server, and failed ones.
 */
import type { BrowserContext, ConsoleMessage, Request, Response } from 'playwright-core';

/** Written to the console in the page, where it is seen as everything else there. */
const REPORT_VIOLATIONS = `addEventListener('securitypolicyviolation', (event) => {
  console.error('policy violation: ' + event.violatedDirective + ' ' + event.blockedURI);
});`;

/** The browser ends requests itself when the page leaves or aborts them. */
const ABORTED = /ERR_ABORTED/;

/** What was seen in one browser context. */
export class Watch {
  readonly #faults: string[] = [];
  readonly #allowed: RegExp[];
  readonly #origin: string;

  /**
   * @param origin the only one that may be asked
   * @param allowed faults that are expected, by their text
   */
  constructor(origin: string, allowed: readonly RegExp[]) {
    this.#origin = origin;
    this.#allowed = [...allowed];
  }

  /** What nobody expected, in the order it came. */
  get faults(): readonly string[] {
    return this.#faults;
  }

  async attach(context: BrowserContext): Promise<void> {
    context.on('console', (message) => this.#hear(message));
    context.on('weberror', (error) => this.#note(`uncaught ${error.error().stack}`));
    context.on('request', (request) => this.#look(request));
    context.on('requestfailed', (request) => this.#failed(request));
    context.on('response', (response) => this.#answered(response));
    await context.addInitScript(REPORT_VIOLATIONS);
  }

  #hear(message: ConsoleMessage): void {
    const type = message.type();
    if (type !== 'error' && type !== 'warning') return;
    const { url, lineNumber } = message.location();
    this.#note(`console ${type}: ${message.text()} (${url}:${lineNumber})`);
  }

  #look(request: Request): void {
    const { protocol, origin } = new URL(request.url());
    if (origin !== this.#origin && protocol !== 'data:' && protocol !== 'blob:')
      this.#note(`request to another origin: ${request.url()}`);
  }

  #failed(request: Request): void {
    const why = request.failure()?.errorText ?? 'no reason known';
    if (!ABORTED.test(why)) this.#note(`request failed: ${request.url()} ${why}`);
  }

  #answered(response: Response): void {
    if (response.status() >= 400)
      this.#note(`answer ${response.status()}: ${response.request().method()} ${response.url()}`);
  }

  #note(fault: string): void {
    if (!this.#allowed.some((each) => each.test(fault))) this.#faults.push(fault);
  }
}
