import type { Source } from '@ronghe/contracts';
import { useGet } from '../../../lib/query.ts';
import { useCan } from '../../../lib/session.ts';

/** The sources whose records are matched, for who may see sources; nobody else is told their names here. */
export function useSourceNames() {
  const maySee = useCan()('fuse:source:read');
  const query = useGet<{ items: Source[] }>('/api/fuse/sources', {}, { enabled: maySee });
  const sources = (query.data?.items ?? []).filter(({ target }) => target === 'enterprise');
  return {
    maySee,
    options: sources.map(({ id, name }) => ({ value: id, label: name })),
    nameOf: (source: string): string => sources.find(({ id }) => id === source)?.name ?? '',
  };
}
