import type { LabelledFigures } from '@ronghe/contracts';
import { MATCH_VERDICTS } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { DataTable } from '../../../components/data-table.tsx';
import { Figures } from '../../../components/figures.tsx';
import { Panel } from '../../../components/page.tsx';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { addressOfRecord } from './record-address.ts';
import { useSourceNames } from './use-source-names.ts';
import { useShare, WeightText } from './verdict-tag.tsx';
import { probabilityOf } from './waterfall-steps.ts';

type Wrong = LabelledFigures['wrong'][number];

/** How the model does on pairs that people decided, and the ones it gets wrong. */
export function LabelledPanel({ labelled }: { labelled: LabelledFigures }) {
  const { t } = useTranslation();
  const format = useFormat();
  const share = useShare();
  if (labelled.pairs === 0)
    return (
      <Panel title={t('matching.model.labelled')}>
        <p className="row">
          {t('matching.model.labelledEmpty')} <Link to="/fuse/review">{t('matching.model.toReview')}</Link>
        </p>
      </Panel>
    );
  const count = (value: number) => format.number(value, 0);
  return (
    <Panel title={t('matching.model.labelled')}>
      <div className="stack">
        <p className="faint">{t('matching.model.labelledLead')}</p>
        <Figures
          label={t('matching.model.labelled')}
          items={[
            {
              label: t('matching.model.pairs'),
              value: count(labelled.pairs),
              note: t('matching.model.pairsNote', {
                same: count(labelled.same),
                different: count(labelled.different),
              }),
            },
            {
              label: t('matching.model.precision'),
              value: share(labelled.precision),
              note: t('matching.model.precisionNote'),
            },
            {
              label: t('matching.model.recall'),
              value: share(labelled.recall),
              note: t('matching.model.recallNote'),
            },
            {
              label: t('matching.model.reviewRate'),
              value: share(labelled.reviewRate),
              note: t('matching.model.reviewRateNote'),
            },
          ]}
        />
        <h3>{t('matching.model.wrong')}</h3>
        {labelled.wrong.length === 0 ? (
          <p className="faint">{t('matching.model.wrongNone')}</p>
        ) : (
          <WrongTable wrong={labelled.wrong} />
        )}
      </div>
    </Panel>
  );
}

function WrongTable({ wrong }: { wrong: readonly Wrong[] }) {
  const { t } = useTranslation();
  const pick = usePick();
  const { nameOf } = useSourceNames();
  const record = ({ source, entityKey }: Wrong['a']) => (
    <>
      {nameOf(source)} <code>{entityKey}</code>
    </>
  );
  const addresses = ({ a, b }: Wrong) => ({ a: addressOfRecord(a), b: addressOfRecord(b) });
  return (
    <DataTable
      label={t('matching.model.wrong')}
      rows={wrong}
      rowKey={(row) => Object.values(addresses(row)).join(' ')}
      columns={[
        { key: 'a', title: t('matching.review.left'), minWidth: 160, render: ({ a }) => record(a) },
        { key: 'b', title: t('matching.review.right'), minWidth: 160, render: ({ b }) => record(b) },
        {
          key: 'weight',
          title: t('matching.weight'),
          nowrap: true,
          render: ({ weight }) => <WeightText weight={weight} probability={probabilityOf(weight)} />,
        },
        {
          key: 'decided',
          title: t('matching.model.decided'),
          nowrap: true,
          render: ({ decided }) => pick(MATCH_VERDICTS[decided]),
        },
        {
          key: 'explain',
          title: t('matching.model.explain'),
          render: (row) => (
            <Link
              to="/fuse/explain"
              search={addresses(row)}
              aria-label={t('matching.model.explainPair', { a: row.a.entityKey, b: row.b.entityKey })}
            >
              {t('matching.model.explain')}
            </Link>
          ),
        },
      ]}
    />
  );
}
