import type { Permission } from '@ronghe/contracts';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
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
    /** True for the few routes that anyone may call (sign-in, health). */
    open?: boolean;
  }
  interface FastifyRequest {
    /** Who asks; set for every route that is not open. */
    scope: Scope;
  }
}
