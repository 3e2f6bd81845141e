import { PlusOutlined } from '@ant-design/icons';
import { QUALITY_DIMENSIONS, type QualityRule, type Source } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { Button, Popconfirm } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { type Column, DataTable } from '../../../components/data-table.tsx';
import { FilterSelect } from '../../../components/filter-select.tsx';
import { Page } from '../../../components/page.tsx';
import { SearchInput } from '../../../components/search-input.tsx';
import { Tag } from '../../../components/tags.tsx';
import { useGet, useSend } from '../../../lib/query.ts';
import { useSearchState } from '../../../lib/search.ts';
import { useCan } from '../../../lib/session.ts';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { useNotify } from '../use-notify.ts';
import { CHECK_KINDS } from './checks.ts';
import { RuleForm } from './rule-form.tsx';
import { DIMENSIONS } from './scores.tsx';
import { SEVERITY_TONES } from './severity.ts';

const PATH = '/api/fuse/quality/rules';

export function QualityRulesPage() {
  const { t } = useTranslation();
  const can = useCan();
  const pick = usePick();
  const search = useSearchState();
  const [edited, setEdited] = useState<QualityRule | 'new' | null>(null);
  const query = useGet<{ items: QualityRule[] }>(PATH);
  const sources = useGet<{ items: Source[] }>('/api/fuse/sources', {}, { enabled: can('fuse:source:read') });
  const list = sources.data?.items ?? [];
  const columns = useColumns(list, setEdited);
  const { dimension, severity } = search.values;
  const words = (search.values.search ?? '').toLowerCase();
  const matches = (rule: QualityRule) =>
    (!dimension || rule.dimension === dimension) &&
    (!severity || rule.severity === severity) &&
    `${rule.key} ${rule.name.zh} ${rule.name.en}`.toLowerCase().includes(words);
  const add = can('fuse:quality:write') && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setEdited('new')}>
      {t('board.addRule')}
    </Button>
  );
  return (
    <Page
      title={t('nav.qualityRules')}
      lead={t('board.rulesLead')}
      above={<Link to="/fuse/quality">{t('nav.quality')}</Link>}
      actions={add}
    >
      <div className="panel">
        <div className="toolbar">
          <SearchInput
            label={t('board.searchRules')}
            value={search.values.search ?? ''}
            onChange={(text) => search.set({ search: text })}
          />
          <FilterSelect
            label={t('fuse.finding.dimension')}
            all={t('board.allDimensions')}
            value={dimension}
            options={DIMENSIONS.map((value) => ({ value, label: pick(QUALITY_DIMENSIONS[value]) }))}
            onChange={(next) => search.set({ dimension: next })}
          />
          <FilterSelect
            label={t('fuse.finding.severity')}
            all={t('board.allSeverities')}
            value={severity}
            options={(['hold', 'warn', 'log'] as const).map((value) => ({
              value,
              label: t(`board.severities.${value}`),
            }))}
            onChange={(next) => search.set({ severity: next })}
          />
        </div>
        <DataState
          query={query}
          isEmpty={({ items }) => items.filter(matches).length === 0}
          filtered={{ active: search.filtered, clear: search.clear }}
          empty={{ title: t('board.noRules'), action: add }}
        >
          {({ items }) => (
            <DataTable
              label={t('nav.qualityRules')}
              rows={items.filter(matches)}
              rowKey={(row) => row.id}
              columns={columns}
            />
          )}
        </DataState>
      </div>
      <RuleForm
        key={edited === null || edited === 'new' ? 'new' : edited.id}
        open={edited !== null}
        rule={edited === 'new' ? null : edited}
        sources={list}
        onClose={() => setEdited(null)}
      />
    </Page>
  );
}

function useColumns(sources: readonly Source[], onEdit: (rule: QualityRule) => void): Column<QualityRule>[] {
  const { t } = useTranslation();
  const can = useCan();
  const pick = usePick();
  const format = useFormat();
  return [
    {
      key: 'name',
      title: t('board.rule'),
      minWidth: 220,
      render: (row) => (
        <>
          {pick(row.name)}
          <div className="faint mono">{row.key}</div>
        </>
      ),
    },
    {
      key: 'kind',
      title: t('board.checkKind'),
      nowrap: true,
      render: (row) => {
        const kind = CHECK_KINDS.find((known) => known === row.check.kind);
        return kind ? t(`board.kinds.${kind}`) : row.check.kind;
      },
    },
    {
      key: 'dimension',
      title: t('fuse.finding.dimension'),
      nowrap: true,
      render: (row) => pick(QUALITY_DIMENSIONS[row.dimension]),
    },
    {
      key: 'severity',
      title: t('fuse.finding.severity'),
      nowrap: true,
      render: (row) => <Tag tone={SEVERITY_TONES[row.severity]}>{t(`board.severities.${row.severity}`)}</Tag>,
    },
    {
      key: 'tolerance',
      title: t('board.tolerance'),
      align: 'end',
      render: (row) => format.percent(row.tolerance, 2),
    },
    { key: 'weight', title: t('board.weight'), align: 'end', render: (row) => format.number(row.weight) },
    {
      key: 'source',
      title: t('board.appliesTo'),
      minWidth: 140,
      render: (row) =>
        row.source === null
          ? t('board.everySource')
          : (sources.find(({ id }) => id === row.source)?.name ?? row.source),
    },
    {
      key: 'active',
      title: t('board.active'),
      nowrap: true,
      render: (row) => (
        <span className="row">
          <Tag tone={row.active ? 'good' : 'plain'}>{t(row.active ? 'board.on' : 'board.off')}</Tag>
          {row.shipped && <span className="tag">{t('board.shipped')}</span>}
        </span>
      ),
    },
    {
      key: 'actions',
      title: <span className="visually-hidden">{t('action.more')}</span>,
      align: 'end',
      nowrap: true,
      render: (row) =>
        can('fuse:quality:write') && (
          <span className="row" style={{ flexWrap: 'nowrap', justifyContent: 'flex-end' }}>
            <Button
              size="small"
              aria-label={t('board.changeOf', { rule: pick(row.name) })}
              onClick={() => onEdit(row)}
            >
              {t('action.edit')}
            </Button>
            {!row.shipped && <RemoveRule rule={row} />}
          </span>
        ),
    },
  ];
}

function RemoveRule({ rule }: { rule: QualityRule }) {
  const { t } = useTranslation();
  const pick = usePick();
  const notify = useNotify();
  const send = useSend<void>(['/api/fuse']);
  const remove = () =>
    send.mutate({ method: 'DELETE', path: `${PATH}/${rule.id}` }, { onError: notify.failed });
  return (
    <Popconfirm title={t('board.removeAsk', { rule: pick(rule.name) })} onConfirm={remove}>
      <Button
        size="small"
        danger
        loading={send.isPending}
        aria-label={t('board.removeOf', { rule: pick(rule.name) })}
      >
        {t('board.remove')}
      </Button>
    </Popconfirm>
  );
}
