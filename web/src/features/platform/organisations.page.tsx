import { DownOutlined, PlusOutlined, RightOutlined } from '@ant-design/icons';
import type { Organisation } from '@ronghe/contracts';
import { Button } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { Page } from '../../components/page.tsx';
import { SearchInput } from '../../components/search-input.tsx';
import { Tag } from '../../components/tags.tsx';
import { useGet } from '../../lib/query.ts';
import { useSearchState } from '../../lib/search.ts';
import { useCan } from '../../lib/session.ts';
import { OrganisationForm } from './organisation-form.tsx';
import { organisationTree, type TreeNode } from './organisation-tree.ts';
import '../../styles/platform.css';

export function OrganisationsPage() {
  const { t } = useTranslation();
  const can = useCan();
  const search = useSearchState();
  const [parent, setParent] = useState<string | null>(null);
  const query = useGet<{ items: Organisation[] }>('/api/auth/organisations');
  const wanted = search.values.search ?? '';
  const tree = useMemo(() => organisationTree(query.data?.items ?? [], wanted), [query.data, wanted]);
  const may = can('platform:organisation:write');
  const root = query.data?.items[0]?.path ?? '';
  return (
    <Page
      title={t('platform.organisations.title')}
      lead={t('platform.organisations.lead')}
      actions={
        may && (
          <Button type="primary" icon={<PlusOutlined />} onClick={() => setParent(root)}>
            {t('platform.organisations.add')}
          </Button>
        )
      }
    >
      <div className="panel">
        <div className="toolbar">
          <SearchInput
            label={t('platform.organisations.search')}
            value={wanted}
            onChange={(text) => search.set({ search: text })}
          />
        </div>
        <DataState
          query={query}
          isEmpty={() => tree.length === 0}
          filtered={{ active: wanted !== '', clear: search.clear }}
        >
          {() => (
            <div className="panel-body tree">
              <Branch nodes={tree} depth={0} openAll={wanted !== ''} onAdd={may ? setParent : null} />
            </div>
          )}
        </DataState>
      </div>
      <OrganisationForm key={parent ?? ''} parent={parent} onClose={() => setParent(null)} />
    </Page>
  );
}

type BranchProps = {
  nodes: readonly TreeNode[];
  depth: number;
  openAll: boolean;
  onAdd: ((parent: string) => void) | null;
};
/** Levels that are open at first. */
const OPEN_DEPTH_MAX = 1;

function Branch({ nodes, depth, openAll, onAdd }: BranchProps) {
  return (
    <ul>
      {nodes.map((node) => (
        <Twig key={node.organisation.path} node={node} depth={depth} openAll={openAll} onAdd={onAdd} />
      ))}
    </ul>
  );
}

function Twig({ node, depth, openAll, onAdd }: Omit<BranchProps, 'nodes'> & { node: TreeNode }) {
  const { t } = useTranslation();
  const [toggled, setToggled] = useState<boolean | null>(null);
  const { organisation, children } = node;
  const open = toggled ?? (openAll || depth < OPEN_DEPTH_MAX);
  const { name } = organisation;
  return (
    <li>
      <div className="tree-row">
        {children.length > 0 ? (
          <button
            type="button"
            className="tree-toggle"
            aria-expanded={open}
            aria-label={
              open
                ? t('platform.organisations.collapse', { name })
                : t('platform.organisations.expand', { name })
            }
            onClick={() => setToggled(!open)}
          >
            {open ? <DownOutlined aria-hidden /> : <RightOutlined aria-hidden />}
          </button>
        ) : (
          <span className="tree-space" />
        )}
        <strong>{name}</strong>
        <Tag tone="plain" icon={null}>
          {t(`platform.organisations.kinds.${organisation.kind}`)}
        </Tag>
        <code className="faint">{organisation.path}</code>
        <span className="faint mono">{organisation.code ?? organisation.division ?? ''}</span>
        {children.length > 0 && (
          <span className="faint">{t('platform.organisations.count', { count: children.length })}</span>
        )}
        {onAdd && (
          <Button
            size="small"
            type="text"
            icon={<PlusOutlined />}
            aria-label={t('platform.organisations.addBelow', { name })}
            onClick={() => onAdd(organisation.path)}
          />
        )}
      </div>
      {open && children.length > 0 && (
        <Branch nodes={children} depth={depth + 1} openAll={openAll} onAdd={onAdd} />
      )}
    </li>
  );
}
