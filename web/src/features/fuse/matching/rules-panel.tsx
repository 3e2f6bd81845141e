import type { MatchFigures, MatchModel } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { type Column, DataTable } from '../../../components/data-table.tsx';
import { Panel } from '../../../components/page.tsx';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { ShareBar } from '../share-bar.tsx';

type Rule = MatchFigures['rules'][number];

/** The keys by which records find each other, and how many pairs each brings and spares. */
export function RulesPanel({ figures, model }: { figures: MatchFigures; model: MatchModel }) {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const count = (
    key: 'keys' | 'records' | 'pairs' | 'common' | 'pairsCommon',
    title: string,
  ): Column<Rule> => ({
    key,
    title,
    align: 'end',
    nowrap: true,
    render: (rule) => format.number(rule[key], 0),
  });
  const limitOf = (rule: Rule) => model.rules.find(({ title }) => title.en === rule.title.en)?.blockMax;
  return (
    <Panel
      flush
      title={t('matching.model.rules')}
      actions={<span className="faint">{t('matching.model.rulesLead')}</span>}
    >
      <DataTable
        label={t('matching.model.rules')}
        rows={figures.rules}
        rowKey={({ title }) => title.en}
        columns={[
          { key: 'rule', title: t('matching.model.rule'), minWidth: 160, render: ({ title }) => pick(title) },
          count('keys', t('matching.model.keys')),
          count('records', t('matching.model.ruleRecords')),
          count('pairs', t('matching.model.rulePairs')),
          {
            key: 'limit',
            title: t('matching.model.blockMax'),
            align: 'end',
            render: (rule) => format.number(limitOf(rule), 0),
          },
          count('common', t('matching.model.common')),
          count('pairsCommon', t('matching.model.pairsCommon')),
        ]}
      />
    </Panel>
  );
}

/** What decided where each record belongs. */
export function MatchedByPanel({ figures }: { figures: MatchFigures }) {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const { matchedBy } = figures;
  const total = matchedBy.reduce((sum, { records }) => sum + records, 0);
  return (
    <Panel
      flush
      title={t('matching.model.matchedBy')}
      actions={<span className="faint">{t('matching.model.matchedByLead')}</span>}
    >
      {total === 0 ? (
        <div className="empty">{t('matching.model.matchedByEmpty')}</div>
      ) : (
        <DataTable
          label={t('matching.model.matchedBy')}
          rows={[...matchedBy].sort((one, two) => two.records - one.records)}
          rowKey={({ rule }) => rule}
          columns={[
            {
              key: 'rule',
              title: t('matching.model.rule'),
              minWidth: 180,
              render: ({ title }) => pick(title),
            },
            {
              key: 'share',
              title: t('matching.model.share'),
              minWidth: 160,
              render: ({ records, title }) => <ShareBar share={records / total} label={pick(title)} />,
            },
            {
              key: 'records',
              title: t('matching.model.records'),
              align: 'end',
              nowrap: true,
              render: ({ records }) => format.number(records, 0),
            },
          ]}
        />
      )}
    </Panel>
  );
}
