/**
 * The figures of the server, and which queues take its memory.
 */
import type { JSX } from 'preact';
import { Link } from 'wouter-preact';
import type { RedisInfoView } from '../../../../src/operations/views.ts';
import { useAsk } from '../../api/use-ask.ts';
import { to } from '../../shell/paths.ts';
import { Meter } from '../../ui/meter.tsx';
import { Ago } from '../../ui/moment.tsx';
import { Problem } from '../../ui/problem.tsx';
import { UNKNOWN } from '../../words/formats.ts';
import { useFormats, useWords } from '../../words/words.tsx';
import { Unverified } from './unverified.tsx';

/** So full that it is warned of, and that it is bad. */
const FULL = 0.8;
const TOO_FULL = 0.9;

/** Figures. */
export function ServerFigures({ info }: { readonly info: RedisInfoView }): JSX.Element {
  const words = useWords().redis;
  const { number, bytes, duration, share, rate } = useFormats();
  const { memory, clients, persistence } = info;
  const used = ratio(memory.usedBytes, memory.maxBytes);
  const connected = ratio(clients.connected, clients.max);
  const yes = (value: boolean | null): string =>
    value === null ? UNKNOWN : value ? words.yes : words.no;
  return (
    <div class="stack">
      <dl class="card figures">
        <div>
          <dt>{words.memory}</dt>
          <dd>
            {bytes(memory.usedBytes)}{' '}
            <span class="muted small">
              {memory.maxBytes ? words.of(bytes(memory.maxBytes)) : words.noLimit}
            </span>
            {used !== null && (
              <Meter
                value={used}
                words={share(used)}
                tone={used > TOO_FULL ? 'bad' : used > FULL ? 'warn' : undefined}
              />
            )}
          </dd>
        </div>
        <div>
          <dt>{words.clients}</dt>
          <dd>
            {number(clients.connected)}{' '}
            <span class="muted small">{words.of(number(clients.max))}</span>
            {connected !== null && <Meter value={connected} words={share(connected)} />}
          </dd>
        </div>
        <Figure name={words.commands} value={rate(info.commandsPerSecond)} />
        <Figure name={words.hits} value={share(info.hitRatio)} />
        <Figure name={words.evicted} value={number(info.evictedKeys)} />
        <Figure name={words.fragmentation} value={rate(memory.fragmentationRatio)} />
      </dl>
      <dl class="card pairs">
        <dt>{words.policy}</dt>
        <dd class="mono">{memory.policy ?? UNKNOWN}</dd>
        <dt>{words.role}</dt>
        <dd>
          {info.role ?? UNKNOWN} · {words.replicas(number(info.replicas))}
        </dd>
        <dt>{words.up}</dt>
        <dd>{duration(info.uptimeSeconds === null ? null : info.uptimeSeconds * 1_000)}</dd>
        <dt>{words.aof}</dt>
        <dd>{yes(persistence.aof)}</dd>
        <dt>{words.lastSave}</dt>
        <dd>
          <Ago at={persistence.lastSaveAt} /> · {words.saveOk(persistence.lastSaveOk)}
        </dd>
        <dt>{words.blocked}</dt>
        <dd>{number(clients.blocked)}</dd>
      </dl>
      <Unverified reasons={info.unverified} />
      <MemoryByQueue usedBytes={memory.usedBytes} />
      <Latency />
    </div>
  );
}

function Figure(props: { readonly name: string; readonly value: string }): JSX.Element {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.value}</dd>
    </div>
  );
}

function MemoryByQueue({ usedBytes }: { readonly usedBytes: number | null }): JSX.Element {
  const words = useWords().redis;
  const { bytes, share } = useFormats();
  const { data, error, refetch } = useAsk('redis.memory', { limit: 10 });
  return (
    <section class="card stack" aria-labelledby="memory">
      <h2 id="memory">{words.byQueue}</h2>
      <p class="muted small">{words.estimates}</p>
      {error && <Problem error={error} onRetry={() => void refetch()} />}
      {data?.rows?.length === 0 && <p class="muted">{words.noQueues}</p>}
      {data?.rows && data.rows.length > 0 && (
        <table class="table">
          <caption class="hidden-visually">{words.byQueue}</caption>
          <thead>
            <tr>
              <th scope="col">{words.columns.queue}</th>
              <th scope="col" class="number">
                {words.columns.bytes}
              </th>
              <th scope="col" class="number">
                {words.columns.share}
              </th>
            </tr>
          </thead>
          <tbody>
            {data.rows.map(({ queue, bytes: own }) => {
              const part = ratio(own, usedBytes);
              return (
                <tr key={queue}>
                  <td>
                    <Link href={to.queue(queue)}>{queue}</Link>
                  </td>
                  <td class="number">{bytes(own)}</td>
                  <td class="number">
                    {part !== null && <Meter value={part} words={share(part)} />} {share(part)}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      <Unverified reasons={data?.unverified ?? []} />
    </section>
  );
}

function Latency(): JSX.Element {
  const words = useWords().redis;
  const { duration, number } = useFormats();
  const { data, error, refetch } = useAsk('redis.latency', {});
  return (
    <section class="card stack" aria-labelledby="latency">
      <h2 id="latency">{words.latency}</h2>
      {error && <Problem error={error} onRetry={() => void refetch()} />}
      {data && (
        <p>
          {words.ping(
            `${number(data.pingMs.p50)} ms`,
            `${number(data.pingMs.p99)} ms`,
            number(data.pingMs.samples),
          )}
        </p>
      )}
      {data?.events && data.events.length > 0 && (
        <ul class="plain-list">
          {data.events.map(({ event, at, lastMs, longestMs }) => (
            <li key={event}>
              <span class="mono">{event}</span> <Ago at={at} />:{' '}
              {words.latencyEvent(duration(lastMs), duration(longestMs))}
            </li>
          ))}
        </ul>
      )}
      <Unverified reasons={data?.unverified ?? []} />
    </section>
  );
}

function ratio(part: number | null, whole: number | null): number | null {
  return part === null || !whole ? null : part / whole;
}
