import type { Enterprise, RelationGraph } from '@ronghe/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Checkbox, Select } from 'antd';
import { useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { Panel } from '../../../components/page.tsx';
import { useDictionaries } from '../../../lib/dictionaries.ts';
import { download } from '../../../lib/download.ts';
import { getOptions, useGet } from '../../../lib/query.ts';
import { useNotify } from '../use-notify.ts';
import { graphFile } from './graph-file.ts';
import { grown, hiddenOf, type Picture, pictureOf } from './picture.ts';
import { RelationLegend, RelationPicture } from './relation-graph.tsx';

const DEPTHS = [1, 2, 3, 4] as const;
const NODES = 40;
/** More boxes than this are no picture any more. */
const PICTURE_NODES_MAX = 120;

/** What lies around the enterprise as a picture; a box tells more of it and brings in what lies around it. */
export function GraphPanel({ enterprise }: { enterprise: Enterprise }) {
  const { t } = useTranslation();
  const id = useId();
  const [depth, setDepth] = useState(2);
  const [hints, setHints] = useState(true);
  const svg = useRef<SVGSVGElement>(null);
  const query = useGet<RelationGraph>(
    `/api/fuse/enterprises/${enterprise.id}/graph`,
    { depth, nodes: NODES, hints: String(hints) },
    { keep: true },
  );
  const save = () =>
    svg.current && download(graphFile(svg.current), `${enterprise.name}-${t('relations.title')}.svg`);
  const hasPicture = (query.data?.edges.length ?? 0) > 0;
  return (
    <Panel
      title={t('relations.picture')}
      flush
      actions={
        <span className="row">
          <label htmlFor={id}>{t('relations.depth')}</label>
          <Select
            id={id}
            size="small"
            value={depth}
            onChange={setDepth}
            options={DEPTHS.map((value) => ({ value, label: t('relations.steps', { count: value }) }))}
          />
          <Checkbox checked={hints} onChange={({ target }) => setHints(target.checked)}>
            {t('relations.hints')}
          </Checkbox>
          <Button size="small" disabled={!hasPicture} onClick={save}>
            {t('relations.saveSvg')}
          </Button>
        </span>
      }
    >
      <DataState
        query={query}
        rows={8}
        isEmpty={({ edges }) => edges.length === 0}
        empty={{ title: t('relations.empty'), text: t('relations.emptyHint') }}
      >
        {(graph) => (
          <Growing
            key={`${graph.centre} ${depth} ${hints} ${query.dataUpdatedAt}`}
            graph={graph}
            name={enterprise.name}
            hints={hints}
            svg={svg}
          />
        )}
      </DataState>
    </Panel>
  );
}

type GrowingProps = {
  graph: RelationGraph;
  name: string;
  hints: boolean;
  svg: React.RefObject<SVGSVGElement | null>;
};
function Growing({ graph, name, hints, svg }: GrowingProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const notify = useNotify();
  const [picture, setPicture] = useState<Picture>(() => pictureOf(graph));
  const [selected, setSelected] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const node = picture.nodes.find(({ key }) => key === selected);
  const expand = async (enterprise: string) => {
    setBusy(true);
    try {
      const path = `/api/fuse/enterprises/${enterprise}/graph`;
      const more = await client.fetchQuery(
        getOptions<RelationGraph>(path, { depth: 1, nodes: NODES, hints: String(hints) }),
      );
      setPicture((before) => grown(before, pictureOf(more)));
    } catch (error) {
      notify.failed(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <RelationPicture
        ref={svg}
        picture={picture}
        label={t('relations.pictureOf', { name })}
        selected={selected}
        onSelect={(key) => setSelected((before) => (before === key ? null : key))}
      />
      <div aria-live="polite">
        {node && (
          <Card
            node={node}
            hidden={hiddenOf(picture, node)}
            busy={busy}
            full={picture.nodes.length >= PICTURE_NODES_MAX}
            onExpand={expand}
          />
        )}
      </div>
      {graph.truncated && <p className="graph-card faint">{t('relations.truncated', { count: NODES })}</p>}
      <RelationLegend picture={picture} />
    </>
  );
}

type CardProps = {
  node: Picture['nodes'][number];
  hidden: number;
  busy: boolean;
  full: boolean;
  onExpand: (enterprise: string) => Promise<void>;
};
/** What a box stands for and what can be done with it. */
function Card({ node, hidden, busy, full, onExpand }: CardProps) {
  const { t } = useTranslation();
  const dictionaries = useDictionaries();
  const { id, name, divisionName, keyIndustry, size } = node;
  const facts = [
    divisionName,
    dictionaries.name('keyIndustries', keyIndustry),
    dictionaries.name('sizes', size),
  ].filter((fact) => fact !== null && fact !== '');
  return (
    <div className="graph-card row spread">
      <span>
        <strong>{name}</strong>{' '}
        <span className="faint">{id === null ? t('relations.outsideHint') : facts.join(' · ')}</span>
      </span>
      {id !== null && (
        <span className="row">
          {hidden > 0 && (
            <Button size="small" loading={busy} disabled={full} onClick={() => void onExpand(id)}>
              {t('relations.expand', { count: hidden })}
            </Button>
          )}
          <Link to="/fuse/enterprises/$id" params={{ id }}>
            {t('relations.open')}
          </Link>
        </span>
      )}
    </div>
  );
}
