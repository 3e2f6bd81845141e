import type { Connector, ConnectorContext } from '../../connector.ts';
import type { HttpConfig } from './http.config.ts';
import { createPoll } from './http.poll.ts';
import { createPush } from './http.push.ts';

/** Reads JSON over HTTP: asks a peer (`poll`), or takes what peers send (`push`). */
export function createHttp(context: ConnectorContext<HttpConfig>): Connector {
  const { config } = context;
  return config.mode === 'poll' ? createPoll({ ...context, config }) : createPush({ ...context, config });
}
