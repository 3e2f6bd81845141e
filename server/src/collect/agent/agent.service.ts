import {
  AGENT_WAIT_SECONDS_MAX,
  type AgentAnswer,
  type AgentHello,
  type AgentWork,
  type AgentWorkQuery,
  type CollectorAnswer,
  CollectorQuestion,
  type ConnectionDocument,
  QUESTION_SECONDS_MAX,
} from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import type { Clock, Ids } from '#platform/clock/clock.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Sealer } from '#platform/files/seal.ts';
import type { Log } from '#platform/log/log.ts';
import type { Collectors } from '../collectors/collectors.service.ts';
import type { Configurations } from '../configuration/configuration.service.ts';
import type { QuestionStore } from './questions.store.ts';
import { createWaiting } from './waiting.ts';

/** Questions that may wait for one collector at one server. */
const QUESTIONS_MAX = 20;
/** How often this process looks for what other processes put down. */
const LOOK_EVERY_MS = 1_000;
const FORGET_AFTER_MS = 10 * 60_000;
const SECOND_MS = 1_000;

/** The other end of collectors that ask for work: they call, the platform never does. */
export type Agent = {
  /** A collector tells what it can do. @throws COLLECTOR_UNKNOWN unless the key is its own */
  hello(scope: Scope, hello: AgentHello): Promise<void>;
  /** What there is to do, at once or within `wait` seconds. Secrets are open in it. @throws COLLECTOR_UNKNOWN unless the key is its own */
  work(scope: Scope, query: AgentWorkQuery, gone: AbortSignal): Promise<AgentWork>;
  /** @throws COLLECTOR_UNKNOWN, NOT_FOUND when nobody waits for it */
  answer(scope: Scope, answer: AgentAnswer): Promise<void>;
  /**
   * Asks a collector something and waits for its answer.
   * @throws PERMISSION_MISSING, COLLECTOR_UNKNOWN, COLLECTOR_OFFLINE, COLLECTOR_BUSY, COLLECTOR_NO_ANSWER, COLLECTOR_REFUSED,
   *   REQUEST_INVALID when a sealed secret of a draft does not belong there
   */
  ask(scope: Scope, collector: string, question: CollectorQuestion): Promise<CollectorAnswer>;
  /** Begins to look for what other processes put down. */
  start(): void;
  /** Answers all open requests for work with nothing and lets no new one wait. */
  close(): void;
};

type Outcome = AgentAnswer['outcome'];
type Parts = {
  store: QuestionStore;
  collectors: Pick<Collectors, 'get' | 'ownName'>;
  configurations: Pick<Configurations, 'hello' | 'otherThan' | 'open' | 'onSaved'>;
  sealer: Sealer;
  clock: Clock;
  ids: Ids;
  log: Log;
};

export function createAgent(parts: Parts): Agent {
  const { store, collectors, configurations, sealer, clock, ids, log } = parts;
  const waiting = createWaiting();
  /** Questions of this process that have no answer yet. */
  const open = new Map<string, { collector: string; end: (outcome: Outcome | null) => void }>();
  let looking: NodeJS.Timeout | null = null;
  let isLooking = false;
  configurations.onSaved(waiting.wake);

  const workOf = async (scope: Scope, query: AgentWorkQuery): Promise<AgentWork> => {
    const configuration = await configurations.otherThan(scope, query.collector, query.configuration);
    const taken = await store.take(scope, query.collector, { now: clock.now(), most: QUESTIONS_MAX });
    const questions = await Promise.all(
      taken.map(async ({ id, bodySealed }) => ({
        id,
        question: CollectorQuestion.parse(JSON.parse(await sealer.open(bodySealed, purposeOf(id)))),
      })),
    );
    return { configuration, questions };
  };
  const isEmpty = ({ configuration, questions }: AgentWork): boolean =>
    configuration === null && questions.length === 0;

  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    try {
      for (const { id, outcome } of await store.answeredUnscoped([...open.keys()]))
        open.get(id)?.end(outcome);
      for (const collector of await store.withWorkUnscoped(waiting.all())) waiting.wake(collector);
      await store.forgetUnscoped(new Date(clock.now().getTime() - FORGET_AFTER_MS));
    } catch (error) {
      log.warn({ err: error }, 'questions to collectors could not be looked for');
    } finally {
      isLooking = false;
    }
  };

  /** The answer, or null when it does not come in time. @throws COLLECTOR_BUSY */
  const outcomeOf = (id: string, collector: string): Promise<Outcome | null> => {
    const isOwn = (each: { collector: string }) => each.collector === collector;
    if ([...open.values()].filter(isOwn).length >= QUESTIONS_MAX)
      throw new AppError('COLLECTOR_BUSY', { collector, max: QUESTIONS_MAX });
    return new Promise((resolve) => {
      const end = (outcome: Outcome | null) => {
        clearTimeout(timer);
        open.delete(id);
        resolve(outcome);
      };
      const timer = setTimeout(() => end(null), QUESTION_SECONDS_MAX * SECOND_MS);
      open.set(id, { collector, end });
    });
  };

  return {
    async hello(scope, hello) {
      const owner = await collectors.ownName(scope, hello.collector);
      await configurations.hello(scope, owner, hello);
      log.info(
        { collector: hello.collector, version: hello.version, managed: hello.managed },
        'a collector is here',
      );
    },

    async work(scope, query, gone) {
      await collectors.ownName(scope, query.collector);
      const first = await workOf(scope, query);
      if (!isEmpty(first)) return first;
      const ms = Math.min(query.wait, AGENT_WAIT_SECONDS_MAX) * SECOND_MS;
      const request = { collector: query.collector, version: query.configuration, ms, signal: gone };
      return (await waiting.wait(request)) ? workOf(scope, query) : first;
    },

    async answer(scope, answer) {
      await collectors.ownName(scope, answer.collector);
      if ((await store.answer(scope, answer)) === null) throw new AppError('NOT_FOUND', { thing: answer.id });
      open.get(answer.id)?.end(answer.outcome);
    },

    async ask(scope, name, asked) {
      demand(scope, 'collect:collector:write');
      const collector = await collectors.get(scope, name);
      if (collector.state !== 'online' && !waiting.has(name))
        throw new AppError('COLLECTOR_OFFLINE', { collector: name });
      const question = await opened(scope, name, asked);
      const id = ids.next();
      const { organisation } = collector;
      const bodySealed = await sealer.seal(JSON.stringify(question), purposeOf(id));
      const coming = outcomeOf(id, name);
      const { kind } = question;
      await store
        .add(scope, { id, collector: name, organisation, kind, bodySealed, askedAt: clock.now() })
        .catch((error: unknown) => {
          // Nobody will answer what was not put down, and it must not count as one that waits.
          open.get(id)?.end(null);
          throw error;
        });
      waiting.wake(name);
      const outcome = await coming.finally(() => store.remove(scope, id));
      if (outcome === null)
        throw new AppError('COLLECTOR_NO_ANSWER', { collector: name, seconds: QUESTION_SECONDS_MAX });
      if (!outcome.ok) throw new AppError('COLLECTOR_REFUSED', { reason: outcome.message });
      const { answer } = outcome;
      if (answer.kind !== question.kind)
        throw new AppError('COLLECTOR_REFUSED', { reason: `it answered ${answer.kind}` });
      if (question.kind === 'trust' && answer.kind === 'trust') {
        const { fingerprint, subject } = answer.certificate;
        const trust = {
          collector: name,
          organisation,
          connection: question.connection,
          fingerprint,
          subject,
        };
        await store.recordTrust(scope, trust);
      }
      return answer;
    },

    start() {
      looking = setInterval(() => void look(), LOOK_EVERY_MS);
      looking.unref();
    },
    close() {
      if (looking !== null) clearInterval(looking);
      waiting.close();
      for (const { end } of [...open.values()]) end(null);
    },
  };

  /** The question with the secrets of its drafts open. */
  async function opened(scope: Scope, name: string, asked: CollectorQuestion): Promise<CollectorQuestion> {
    if (asked.kind === 'check')
      return { ...asked, connections: await configurations.open(scope, name, asked.connections) };
    if ((asked.kind === 'try' || asked.kind === 'browse') && typeof asked.connection !== 'string') {
      const drafts = await configurations.open(scope, name, [asked.connection]);
      return { ...asked, connection: drafts[0] as ConnectionDocument };
    }
    return asked;
  }
}

const purposeOf = (id: string): string => `question ${id}`;
