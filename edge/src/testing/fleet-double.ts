import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  AgentAnswer,
  AgentHello,
  AgentWorkQuery,
  type CollectorQuestion,
  Enrolment,
  type EnrolmentAnswer,
} from '@ronghe/contracts';

type Outcome = AgentAnswer['outcome'];
export type Reply = { status: number; body: string };

/** The platform's side of a fleet: who is there, which version holds, what is asked. */
export type FleetDouble = {
  hellos: AgentHello[];
  /** Keys and queries of the questions for work. */
  works: { key: string | undefined; configuration: number }[];
  configuration: { version: number; connections: unknown } | null;
  /** Answers to the next questions for work, in place of good ones. */
  next: Reply[];
  /** One-time codes; each is used up. */
  codes: Map<string, EnrolmentAnswer>;
  /** Asks and waits for the answer. */
  ask(question: CollectorQuestion | Record<string, unknown>): Promise<Outcome>;
  /** Answers of questions that nobody asked. */
  strays: AgentAnswer[];
  /** Makes open questions for work look again, after something was changed. */
  wake(): void;
};

/** True when the request was for it. */
export type FleetDoor = (request: IncomingMessage, response: ServerResponse, text: string) => boolean;

export function createFleetDouble(): { fleet: FleetDouble; door: FleetDoor } {
  const waiting: { id: string; question: unknown }[] = [];
  const asked = new Map<string, (outcome: Outcome) => void>();
  const open = new Set<() => void>();
  let ids = 0;
  const fleet: FleetDouble = {
    hellos: [],
    works: [],
    configuration: null,
    next: [],
    codes: new Map(),
    strays: [],
    ask(question) {
      ids += 1;
      const id = `q${ids}`;
      waiting.push({ id, question });
      fleet.wake();
      return new Promise((resolve) => asked.set(id, resolve));
    },
    wake() {
      for (const look of [...open]) look();
    },
  };

  const work = (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? '', 'http://platform');
    const query = AgentWorkQuery.parse(Object.fromEntries(url.searchParams));
    fleet.works.push({ key: request.headers.authorization, configuration: query.configuration });
    const end = (reply: Reply): void => {
      open.delete(look);
      clearTimeout(timer);
      respond(response, reply);
    };
    const look = (): void => {
      const { configuration } = fleet;
      const isNew = configuration !== null && configuration.version !== query.configuration;
      const rubbish = fleet.next.shift();
      if (rubbish !== undefined) end(rubbish);
      else if (isNew || waiting.length > 0) {
        const body = { configuration: isNew ? configuration : null, questions: waiting.splice(0) };
        end({ status: 200, body: JSON.stringify(body) });
      }
    };
    const timer = setTimeout(
      () => end({ status: 200, body: JSON.stringify({ configuration: null, questions: [] }) }),
      query.wait * 1_000,
    );
    response.on('close', () => {
      open.delete(look);
      clearTimeout(timer);
    });
    open.add(look);
    look();
  };

  const answer = (text: string): void => {
    const given = AgentAnswer.parse(JSON.parse(text));
    const resolve = asked.get(given.id);
    asked.delete(given.id);
    if (resolve === undefined) fleet.strays.push(given);
    else resolve(given.outcome);
  };

  const door: FleetDoor = (request, response, text) => {
    switch (new URL(request.url ?? '', 'http://platform').pathname) {
      case '/api/collect/agent/hello':
        fleet.hellos.push(AgentHello.parse(JSON.parse(text)));
        respond(response, { status: 204, body: '' });
        return true;
      case '/api/collect/agent/work':
        work(request, response);
        return true;
      case '/api/collect/agent/answers':
        answer(text);
        respond(response, { status: 204, body: '' });
        return true;
      case '/api/collect/enrol': {
        const { code } = Enrolment.parse(JSON.parse(text));
        const given = fleet.codes.get(code);
        fleet.codes.delete(code);
        const refusal = { code: 'ENROLMENT_REFUSED', message: 'no such code', hint: '', requestId: 'test' };
        if (given === undefined) respond(response, { status: 403, body: JSON.stringify({ error: refusal }) });
        else respond(response, { status: 200, body: JSON.stringify(given) });
        return true;
      }
      default:
        return false;
    }
  };
  return { fleet, door };
}

function respond(response: ServerResponse, { status, body }: Reply): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(body);
}
