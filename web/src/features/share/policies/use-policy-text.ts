import type { DatasetSummary, Policy, PolicySubject } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { useOrganisations } from '../../../lib/organisations.ts';
import { useGet } from '../../../lib/query.ts';
import { useCan } from '../../../lib/session.ts';
import { usePick } from '../../../lib/use-format.ts';
import { useRoles } from '../../platform/roles.ts';
import { usePeople } from './use-people.ts';

/** Datasets that one sees, and their titles by id; one that is not seen shows its id. */
export function useDatasetNames() {
  const can = useCan();
  const pick = usePick();
  const query = useGet<{ items: DatasetSummary[] }>(
    '/api/share/datasets',
    {},
    { enabled: can('share:dataset:read') },
  );
  const list = query.data?.items ?? [];
  return {
    options: list.map(({ id, title }) => ({ value: id, label: `${pick(title)} ${id}` })),
    name: (id: string) => {
      const found = list.find((dataset) => dataset.id === id);
      return found ? pick(found.title) : id;
    },
  };
}

/** What a policy says, in words. */
export function usePolicyText() {
  const { t } = useTranslation();
  const organisations = useOrganisations();
  const roles = useRoles();
  const people = usePeople();
  const datasets = useDatasetNames();
  const subject = (said: PolicySubject): string => {
    switch (said.kind) {
      case 'organisation':
        return t('policies.subjectText.organisation', {
          organisation: organisations.name(said.organisation),
        });
      case 'role':
        return t('policies.subjectText.role', {
          organisation: organisations.name(said.organisation),
          role: roles.name(said.role),
        });
      case 'user':
        return t('policies.subjectText.user', { name: people.userName(said.id) });
      case 'key':
        return t('policies.subjectText.key', { name: people.keyName(said.id) });
      case 'application':
        return t('policies.subjectText.application', {
          organisation: organisations.name(said.organisation),
          name: said.name,
        });
    }
  };
  return {
    subject,
    dataset: (id: string | null) => (id === null ? t('policies.allDatasets') : datasets.name(id)),
    rows({ rows, organisation }: Pick<Policy, 'rows' | 'organisation'>): string {
      const parts = [
        rows.organisations === null
          ? t('policies.allRows', { organisation: organisations.name(organisation) })
          : t('policies.rowsOf', { count: rows.organisations.length }),
        ...(rows.own ? [t('policies.ownRows')] : []),
        ...(rows.filter === null ? [] : [t('policies.filtered')]),
      ];
      return parts.join(t('share.listed'));
    },
    columns({ columns, masks }: Pick<Policy, 'columns' | 'masks'>): string {
      const masked = Object.keys(masks).length;
      const parts = [
        columns === null ? t('policies.allColumns') : t('policies.columnCount', { count: columns.length }),
        ...(masked === 0 ? [] : [t('policies.maskCount', { count: masked })]),
      ];
      return parts.join(t('share.listed'));
    },
  };
}
