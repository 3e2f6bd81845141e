import type { Permission } from '@ronghe/contracts';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { KeyPlace } from '#platform/auth/credential.ts';
import type { Scope } from '#platform/auth/scope.ts';

/** A Fastify instance whose requests and answers are typed and validated by the Zod schemas of the contracts. */
export type Http = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Right that the door itself asks for; the service asks again. */
    permission?: Permission;
    /**
     * Where a key may stand beside the header, for clients that know no other place: `influxdb` is `p` of the query and
     * `Token user:key`, `path` is the parameter `token` of the address and nothing else.
     */
    keyIn?: KeyPlace;
    /** True for the few routes that anyone may call (sign-in, health). */
    open?: boolean;
  }
  interface FastifyRequest {
    /** Who asks; set for every route that is not open. */
    scope: Scope;
  }
}
