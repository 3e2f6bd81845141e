import { setMaxListeners } from 'node:events';
import { rm } from 'node:fs/promises';
import { type AgentHello, CollectorAnswer, CollectorQuestion, QUESTION_SECONDS_MAX } from '@ronghe/contracts';
import { z } from 'zod';
import { createBackoff, pause } from '../backoff.ts';
import { PROTOCOLS, schemaOf } from '../connectors/registry.ts';
import { type Deadline, deadline } from '../deadline.ts';
import type { Log } from '../log.ts';
import type { FleetClient, Reply } from './client.ts';
import { secretsOf, withoutSecrets } from './drafts.ts';
import type { Questions } from './questions.ts';

/** Questions that are answered side by side; further ones wait. */
export const QUESTIONS_AT_ONCE_MAX = 4;
/** Most that wait. */
const QUESTIONS_WAITING_MAX = 100;
/** Ids of questions that are remembered, so that one that comes twice is answered once. */
const REMEMBERED_MAX = 1_000;
/** The platform gives up after QUESTION_SECONDS_MAX; what comes later would be for nobody. */
const ANSWER_MS_MAX = QUESTION_SECONDS_MAX * 1_000 - 1_000;
const MESSAGE_LENGTH_MAX = 1_000;
const ID_LENGTH_MAX = 64;

/** Waits after something failed; while a person has to act; and while the platform is older than its collectors. */
export type Pauses = { firstMs: number; mostMs: number; blockedMs: number; absentMs: number; idleMs: number };
const PAUSES: Pauses = {
  firstMs: 1_000,
  mostMs: 60_000,
  blockedMs: 60_000,
  absentMs: 3_600_000,
  // A platform that answers at once with nothing new must not be asked in a circle.
  idleMs: 1_000,
};

/** Asks the platform for work, always: nothing connects to the collector. */
export type Agent = { start(): void; stop(): Promise<void> };

type Parts = {
  client: FleetClient;
  hello: () => Promise<AgentHello>;
  /** Newest version seen. */
  seen: () => number;
  /** Takes or refuses a version; null for a collector that is not managed. Rejects when it could not be kept. */
  apply: ((version: number, connections: unknown) => Promise<unknown>) | null;
  questions: Questions;
  /** Left behind by a process that was killed. */
  trialsFolder: string;
  collector: string;
  log: Log;
  waitSeconds: number;
  pauses?: Partial<Pauses>;
};

/** Each part is looked at by itself, so that one that is wrong does not take the others with it. */
const Work = z.object({ configuration: z.unknown(), questions: z.array(z.unknown()).catch([]) });
const Version = z.object({ version: z.number().int(), connections: z.unknown() });
const Asked = z.object({ id: z.string().min(1).max(ID_LENGTH_MAX), question: z.unknown() });

export function createAgent(parts: Parts): Agent {
  const { client, log } = parts;
  const pauses = { ...PAUSES, ...parts.pauses };
  const backoff = createBackoff({ firstMs: pauses.firstMs, mostMs: pauses.mostMs });
  const stopping = new AbortController();
  const { signal } = stopping;
  // Each waiting question listens for the end, and a few pauses beside.
  setMaxListeners(2 * QUESTIONS_WAITING_MAX, signal);
  const desk = createDesk(parts, signal);
  let running: Promise<void> = Promise.resolve();
  let lastReason: string | null = null;

  /** A line when the situation changes, not one a try. */
  const tell = (reason: string | null, needsPerson = false): void => {
    if (reason === lastReason || signal.aborted) return;
    lastReason = reason;
    if (reason === null) log.info('the platform can ask this collector');
    else if (needsPerson)
      log.error({ reason }, 'the platform refuses this collector: look at its key and name');
    else log.warn({ reason }, 'the platform cannot be asked for work');
  };

  /** How long to wait after a reply that is no good. */
  const waitMsAfter = (reply: Exclude<Reply, { kind: 'ok' }>): number => {
    if (reply.kind === 'absent') {
      tell('this platform is older than the collector and has no work for it');
      return pauses.absentMs;
    }
    tell(reply.reason, reply.kind !== 'later');
    if (reply.kind === 'later' || reply.code === 'COLLECTOR_UNKNOWN') return backoff.nextMs();
    return pauses.blockedMs * (1 + 0.2 * Math.random());
  };

  /** Takes a version. False when it could not be taken and is to be asked for again. */
  const takeConfiguration = async (given: unknown): Promise<'nothing' | 'new' | 'failed'> => {
    if (given === null || given === undefined || parts.apply === null) return 'nothing';
    const version = Version.safeParse(given);
    if (!version.success) {
      tell('the configuration that came has not the form that it should have');
      return 'failed';
    }
    if (version.data.version === parts.seen()) return 'nothing';
    try {
      await parts.apply(version.data.version, version.data.connections);
      return 'new';
    } catch (error) {
      log.error(
        { err: error, version: version.data.version },
        'a configuration could not be kept or applied',
      );
      return 'failed';
    }
  };

  const takeWork = async (body: unknown): Promise<void> => {
    const work = Work.safeParse(body);
    if (!work.success) {
      tell('the answer has not the form that it should have');
      return pause(backoff.nextMs(), signal);
    }
    const questions = desk.take(work.data.questions);
    const configuration = await takeConfiguration(work.data.configuration);
    if (configuration === 'failed') return pause(backoff.nextMs(), signal);
    backoff.reset();
    tell(null);
    if (configuration === 'nothing' && questions === 0) await pause(pauses.idleMs, signal);
  };

  /** Null when the platform knows of us; else how long to wait. */
  const greet = async (): Promise<number | null> => {
    const reply = await client.hello(await parts.hello(), signal);
    if (reply.kind === 'ok') return null;
    // What is wrong with the hello does not stand in the way of a configuration.
    if (reply.kind === 'refused') {
      log.error({ reason: reply.reason }, 'the platform does not take what the collector says of itself');
      return null;
    }
    return waitMsAfter(reply);
  };

  const run = async (): Promise<void> => {
    await rm(parts.trialsFolder, { recursive: true, force: true }).catch(() => undefined);
    let isKnown: boolean = false;
    while (!signal.aborted) {
      try {
        const waitMs: number | null = isKnown ? null : await greet();
        isKnown = waitMs === null;
        if (waitMs !== null) {
          await pause(waitMs, signal);
          continue;
        }
        const askedMs = performance.now();
        const reply = await client.work(parts.seen(), parts.waitSeconds, signal);
        if (signal.aborted) return;
        if (reply.kind === 'ok') {
          await takeWork(reply.body);
          continue;
        }
        isKnown = reply.kind === 'later';
        // A question that stayed open until something on the way ended it is no failure.
        const isCut = reply.kind === 'later' && performance.now() - askedMs > parts.waitSeconds * 500;
        await pause(isCut ? pauses.idleMs : waitMsAfter(reply), signal);
      } catch (error) {
        log.error({ err: error }, 'asking for work failed inside the collector, trying again');
        await pause(backoff.nextMs(), signal);
      }
    }
  };

  return {
    start() {
      running = run();
    },
    async stop() {
      stopping.abort();
      await Promise.all([running, desk.stop()]);
    },
  };
}

/** Questions on their way from arrival to answer. */
function createDesk(
  parts: Parts,
  signal: AbortSignal,
): { take(some: unknown[]): number; stop(): Promise<void> } {
  const { client, collector, log, questions } = parts;
  const waiting: { id: string; question: unknown; over: Deadline }[] = [];
  const known = new Set<string>();
  const working = new Set<Promise<void>>();

  const send = async (
    id: string,
    outcome: Parameters<FleetClient['answer']>[0]['outcome'],
  ): Promise<void> => {
    const reply = await client.answer({ collector, id, outcome }, signal);
    if (reply.kind === 'ok' || signal.aborted) return;
    // Somebody waits for it: once more, when it may have been a moment's trouble.
    if (reply.kind === 'later') await client.answer({ collector, id, outcome }, signal);
    else log.info({ reason: reply.kind === 'absent' ? reply.kind : reply.reason }, 'an answer was not taken');
  };

  const settle = async ({ id, question, over }: (typeof waiting)[number]): Promise<void> => {
    const outcome = await outcomeOf(questions, question, over.signal);
    over.end();
    if (!signal.aborted) await send(id, outcome);
  };

  const next = (): void => {
    while (working.size < QUESTIONS_AT_ONCE_MAX) {
      const asked = waiting.shift();
      if (asked === undefined) return;
      const work = settle(asked)
        .catch((error: unknown) => log.error({ err: error }, 'a question could not be answered'))
        .finally(() => {
          working.delete(work);
          if (!signal.aborted) next();
        });
      working.add(work);
    }
  };

  return {
    take(some) {
      let count = 0;
      for (const each of some) {
        const asked = Asked.safeParse(each);
        if (!asked.success || known.has(asked.data.id) || waiting.length >= QUESTIONS_WAITING_MAX) continue;
        const [oldest] = known;
        if (oldest !== undefined && known.size >= REMEMBERED_MAX) known.delete(oldest);
        known.add(asked.data.id);
        waiting.push({ ...asked.data, over: deadline(signal, ANSWER_MS_MAX) });
        count += 1;
      }
      next();
      return count;
    },
    async stop() {
      for (const { over } of waiting.splice(0)) over.end();
      await questions.stop();
      await Promise.allSettled([...working]);
    },
  };
}

type Outcome = Parameters<FleetClient['answer']>[0]['outcome'];

/** The answer in the form of the contract, or why there is none, without secrets. Never rejects. */
async function outcomeOf(questions: Questions, input: unknown, over: AbortSignal): Promise<Outcome> {
  const question = CollectorQuestion.safeParse(input);
  if (!question.success)
    return { ok: false, message: 'this collector does not understand the question; it may be too old' };
  try {
    const answer = CollectorAnswer.parse(await unlessOver(() => questions.answer(question.data, over), over));
    return { ok: true, answer };
  } catch (error) {
    if (error instanceof z.ZodError)
      return { ok: false, message: 'the answer has not the form that it should have' };
    const secrets = await secretsIn(input).catch(() => []);
    return { ok: false, message: withoutSecrets(error, secrets).slice(0, MESSAGE_LENGTH_MAX) };
  }
}

async function unlessOver<Result>(work: () => Promise<Result>, over: AbortSignal): Promise<Result> {
  if (over.aborted) throw new Error('the question came too late to be answered');
  let end: () => void = () => undefined;
  const ended = new Promise<never>((_, reject) => {
    end = () => reject(new Error(`there was no answer within ${QUESTION_SECONDS_MAX} s`));
    over.addEventListener('abort', end, { once: true });
  });
  try {
    return await Promise.race([work(), ended]);
  } finally {
    over.removeEventListener('abort', end);
  }
}

/** Secrets of the connection that a question is about. */
async function secretsIn(question: unknown): Promise<string[]> {
  const asked = z.object({ connection: z.looseObject({ protocol: z.string() }) }).safeParse(question);
  if (!asked.success || !PROTOCOLS.includes(asked.data.connection.protocol)) return [];
  return secretsOf(await schemaOf(asked.data.connection.protocol), asked.data.connection);
}

/** What the collector says of itself once after each start. */
export async function schemas(): Promise<AgentHello['protocols']> {
  const all = await Promise.all(PROTOCOLS.map(async (name) => [name, await schemaOf(name)] as const));
  return Object.fromEntries(all);
}
