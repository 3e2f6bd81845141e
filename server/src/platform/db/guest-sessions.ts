import type { Chdb, ChdbSession } from '#platform/db/chdb.ts';

/** Sessions that are kept for the next question under the same terms. */
const IDLE_MAX = 16;

/** A session of a guest; the first statement of a new one must begin with `opening`. */
export type GuestSession = {
  session: ChdbSession;
  /** the terms, for a new session; '' for one that has them */
  opening: string;
  /** To be called once, when the question was answered whole: the next under the same terms may have the session. */
  giveBack(): void;
  /** To be called once, after anything else. */
  close(): void;
};

/**
 * Sessions that were closed with `readonly = 1` under terms that nothing can change any more. One is used again only for the same actor under
 * exactly the same terms, conditions of rows included, and only after a question that was answered whole: whoever comes next finds nothing that
 * they could not have asked themselves.
 */
export function createGuestSessions(chdb: Pick<Chdb, 'open'>) {
  const idle = new Map<ChdbSession, string>();

  function keep(key: string, session: ChdbSession): void {
    idle.set(session, key);
    const [oldest] = idle.keys();
    if (idle.size <= IDLE_MAX || oldest === undefined) return;
    idle.delete(oldest);
    oldest.close();
  }

  return {
    take(actor: string, terms: string): GuestSession {
      const key = JSON.stringify([actor, terms]);
      const found = [...idle].find(([, of]) => of === key)?.[0];
      if (found) idle.delete(found);
      const session = found ?? chdb.open();
      return {
        session,
        opening: found ? '' : terms,
        giveBack: () => keep(key, session),
        close: () => session.close(),
      };
    },
    close(): void {
      for (const session of idle.keys()) session.close();
      idle.clear();
    },
  };
}
export type GuestSessions = ReturnType<typeof createGuestSessions>;
