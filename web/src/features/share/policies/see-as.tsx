import type { NewPolicy, PolicyTrial, PolicyTrialAnswer } from '@ronghe/contracts';
import { Checkbox, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { DataTable } from '../../../components/data-table.tsx';
import { Field } from '../../../components/field.tsx';
import { Panel } from '../../../components/page.tsx';
import { Tag, type Tone } from '../../../components/tags.tsx';
import { useOrganisations } from '../../../lib/organisations.ts';
import { useAsked } from '../../../lib/query.ts';
import { useCan } from '../../../lib/session.ts';
import { usePick } from '../../../lib/use-format.ts';
import { useMaskText } from '../mask-text.ts';
import { SampleRows } from './sample-rows.tsx';
import { type Change, type ColumnChange, sightChange } from './sight-diff.ts';
import { usePeople } from './use-people.ts';
import { useDatasetNames } from './use-policy-text.ts';

const PATH = '/api/share/policies/try';

type SeeAsProps = { policy: NewPolicy | null; replaces: string | null; dataset: string | null };

/** What somebody sees now, and would see with the policy that is not saved yet. */
export function SeeAs({ policy, replaces, dataset }: SeeAsProps) {
  const { t } = useTranslation();
  const people = usePeople();
  const datasets = useDatasetNames();
  const [who, setWho] = useState<string | null>(null);
  const [looked, setLooked] = useState(dataset);
  const [purpose, setPurpose] = useState('');
  const [sample, setSample] = useState(false);
  const can = useCan();
  if (people.users === null && people.keys === null)
    return <p className="notice">{t('policies.seeAsNobody')}</p>;
  const groups = [
    { label: t('policies.user'), options: prefixed('user', people.users) },
    { label: t('policies.key'), options: prefixed('key', people.keys) },
  ];
  const [kind, id] = who?.split(':') ?? [];
  const of = dataset ?? looked;
  return (
    <section className="stack" aria-label={t('policies.seeAs')}>
      <h3>{t('policies.seeAs')}</h3>
      <p className="faint">{t('policies.seeAsLead')}</p>
      <div className="policy-grid">
        <Field label={t('policies.seeAsWho')}>
          {(field) => (
            <Select
              id={field}
              showSearch={{ optionFilterProp: 'label' }}
              value={who}
              onChange={setWho}
              options={groups.filter(({ options }) => options.length > 0)}
            />
          )}
        </Field>
        {dataset === null && (
          <Field label={t('policies.seeAsDataset')}>
            {(field) => <Select id={field} value={looked} onChange={setLooked} options={datasets.options} />}
          </Field>
        )}
        <Field label={t('policies.seeAsPurpose')}>
          {(field) => (
            <Input
              id={field}
              maxLength={100}
              placeholder={t('share.query.purposePlaceholder')}
              value={purpose}
              onChange={({ target }) => setPurpose(target.value)}
            />
          )}
        </Field>
      </div>
      {can('share:policy:write') && (
        <Checkbox checked={sample} onChange={({ target }) => setSample(target.checked)}>
          {t('policies.sampleShow')}
        </Checkbox>
      )}
      {id && of && (kind === 'user' || kind === 'key') ? (
        <Compared
          trial={{
            dataset: of,
            as: { kind, id },
            sample,
            ...(purpose.trim() ? { purpose: purpose.trim() } : {}),
          }}
          policy={policy}
          replaces={replaces}
        />
      ) : (
        <p className="faint">{t('policies.seeAsChoose')}</p>
      )}
    </section>
  );
}

const prefixed = (kind: string, options: readonly { value: string; label: string }[] | null) =>
  (options ?? []).map(({ value, label }) => ({ value: `${kind}:${value}`, label }));

type ComparedProps = {
  trial: Pick<PolicyTrial, 'dataset' | 'as' | 'purpose' | 'sample'>;
  policy: NewPolicy | null;
  replaces: string | null;
};
function Compared({ trial, policy, replaces }: ComparedProps) {
  const { t } = useTranslation();
  const organisations = useOrganisations();
  const now = useTrial({ ...trial, policy: null, replaces: null }, true);
  const then = useTrial({ ...trial, policy, replaces }, policy !== null);
  return (
    <DataState query={now}>
      {(before) => (
        <div className="stack">
          <p>
            <strong>{t('policies.seeAsNow')}</strong>
            {' · '}
            {t('policies.sees', {
              name: before.sees.name,
              organisation: organisations.name(before.sees.organisation),
              seen: before.columns.length,
            })}
          </p>
          {policy === null ? (
            <Difference before={before} after={before} />
          ) : (
            <DataState query={then}>{(after) => <Difference before={before} after={after} />}</DataState>
          )}
        </div>
      )}
    </DataState>
  );
}

const useTrial = (body: PolicyTrial, enabled: boolean) =>
  useAsked<PolicyTrialAnswer>(PATH, [JSON.stringify(body)], body, { enabled });

const TONES = { added: 'good', removed: 'bad', changed: 'warn', same: 'plain' } as const satisfies Record<
  Change,
  Tone
>;

function ChangeTag({ change }: { change: Change }) {
  const { t } = useTranslation();
  return <Tag tone={TONES[change]}>{t(`policies.changes.${change}`)}</Tag>;
}

/** Two sights side by side: rows, columns, reasons, and sample rows where they were asked for. */
export function Difference({ before, after }: { before: PolicyTrialAnswer; after: PolicyTrialAnswer }) {
  const { t } = useTranslation();
  const organisations = useOrganisations();
  const [only, setOnly] = useState(false);
  const { columns, rows, differs } = sightChange(before, after);
  const shown = only ? columns.filter(({ change }) => change !== 'same') : columns;
  return (
    <>
      {!differs && before !== after && (
        <div className="notice" role="status">
          {t('policies.seeAsSame')}
        </div>
      )}
      <Panel title={t('policies.rowsNow')}>
        {rows.length === 0 ? (
          <span className="faint">{t('policies.seeAsNothing')}</span>
        ) : (
          <ul className="stack policy-rows">
            {rows.map(({ organisation, change }) => (
              <li key={organisation} className="row">
                <ChangeTag change={change} />
                {organisations.name(organisation)} <code className="faint">{organisation}</code>
              </li>
            ))}
          </ul>
        )}
      </Panel>
      <div className="grid-2">
        <Why title={t('policies.why')} of={before} />
        {before !== after && <Why title={t('policies.whyThen')} of={after} />}
      </div>
      <div className="panel">
        <div className="toolbar">
          <Checkbox checked={only} onChange={({ target }) => setOnly(target.checked)}>
            {t('policies.onlyChanged')}
          </Checkbox>
        </div>
        <ColumnTable columns={shown} />
      </div>
      {before !== after && after.sample !== null && (
        <SampleRows
          title={t('policies.sampleThen')}
          sample={after.sample}
          first={columns.filter(({ change }) => change === 'added').map(({ name }) => name)}
        />
      )}
      {before.sample !== null && <SampleRows title={t('policies.sample')} sample={before.sample} />}
    </>
  );
}

function Why({ title, of }: { title: string; of: PolicyTrialAnswer }) {
  const pick = usePick();
  return (
    <Panel title={title}>
      <ul className="share-sentences">
        {of.why.map((line) => (
          <li key={line.en}>{pick(line)}</li>
        ))}
      </ul>
    </Panel>
  );
}

function ColumnTable({ columns }: { columns: readonly ColumnChange[] }) {
  const { t } = useTranslation();
  const pick = usePick();
  if (columns.length === 0) return <div className="empty">{t('policies.seeAsSame')}</div>;
  return (
    <DataTable
      label={t('policies.seeAsOnly')}
      rows={columns}
      rowKey={({ name }) => name}
      columns={[
        {
          key: 'name',
          title: t('share.describe.column'),
          minWidth: 150,
          render: ({ name, title }) => (
            <>
              {pick(title)} <div className="faint mono">{name}</div>
            </>
          ),
        },
        { key: 'change', title: t('policies.change'), render: ({ change }) => <ChangeTag change={change} /> },
        {
          key: 'before',
          title: t('policies.seeAsNow'),
          render: ({ before }) => <Shown column={before} />,
        },
        { key: 'after', title: t('policies.seeAsThen'), render: ({ after }) => <Shown column={after} /> },
      ]}
    />
  );
}

function Shown({ column }: { column: ColumnChange['before'] }) {
  const { t } = useTranslation();
  const maskText = useMaskText();
  if (column === null) return <span className="faint">{t('policies.seeAsNothing')}</span>;
  const masks = column.masks.length === 0 ? t('policies.plain') : maskText(column.masks);
  return column.partly ? t('policies.partly', { masks }) : masks;
}
