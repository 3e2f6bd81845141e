import { RELATION_KINDS, type RelationKind } from '@ronghe/contracts';
import { type KeyboardEvent, type Ref, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useDictionaries } from '../../../lib/dictionaries.ts';
import { usePick } from '../../../lib/use-format.ts';
import { type PlacedLabel, type PlacedNode, placed } from './layout.ts';
import { hiddenOf, kindsIn, type Picture } from './picture.ts';
import './relations.css';

const KINDS = Object.keys(RELATION_KINDS) as RelationKind[];
/** From more edges on their words would cover each other; the legend says what they are. */
const LABELLED_EDGES_MAX = 30;

type GraphProps = {
  picture: Picture;
  label: string;
  selected: string | null;
  onSelect: (key: string) => void;
  ref?: Ref<SVGSVGElement>;
};

/** Enterprises as boxes, relations as lines; every box can be reached and opened by the keyboard. The list below says the same. */
export function RelationPicture({ picture, label, selected, onSelect, ref }: GraphProps) {
  const layout = useMemo(() => placed(picture), [picture]);
  const named = layout.edges.length <= LABELLED_EDGES_MAX;
  return (
    <div className="graph-scroll">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be drawn */}
      <svg
        ref={ref}
        className="graph"
        role="group"
        aria-label={label}
        viewBox={`0 0 ${layout.width} ${layout.height}`}
        width={layout.width}
        height={layout.height}
      >
        {layout.edges.map((edge) => (
          <path
            key={`${edge.kind} ${edge.subject} ${edge.object}`}
            className={`graph-edge ${edge.kind}`}
            d={edge.path}
          />
        ))}
        {named && layout.labels.map((label) => <EdgeLabel key={label.key} label={label} />)}
        {layout.nodes.map((node) => (
          <Node
            key={node.key}
            node={node}
            hidden={hiddenOf(picture, node)}
            isCentre={node.key === picture.centre}
            isSelected={node.key === selected}
            onSelect={onSelect}
          />
        ))}
      </svg>
    </div>
  );
}

function EdgeLabel({ label }: { label: PlacedLabel }) {
  const { t } = useTranslation();
  const words = (edges: PlacedLabel['edges']) =>
    edges.map(({ kind, share }) =>
      kind === 'shareholder_of' && share !== null
        ? t('relations.heldShort', { share })
        : t(`relations.short.${kind}`),
    );
  const hard = label.edges.filter(({ kind }) => !RELATION_KINDS[kind].hint);
  const hints = label.edges.length - hard.length;
  const text =
    hard.length === 0
      ? words(label.edges).join(' · ')
      : `${words(hard).join(' · ')}${hints > 0 ? ` +${hints}` : ''}`;
  const width = [...text].reduce((sum, one) => sum + ((one.codePointAt(0) ?? 0) < 0x2e80 ? 6.4 : 11.5), 8);
  return (
    <g className="graph-label" transform={`translate(${label.x} ${label.y})`}>
      <rect x={-width / 2} y={-9} width={width} height={18} rx={4} />
      <text textAnchor="middle" dy="4">
        {text}
      </text>
    </g>
  );
}

type NodeProps = {
  node: PlacedNode;
  hidden: number;
  isCentre: boolean;
  isSelected: boolean;
  onSelect: (key: string) => void;
};

function Node({ node, hidden, isCentre, isSelected, onSelect }: NodeProps) {
  const { t } = useTranslation();
  const dictionaries = useDictionaries();
  const press = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    onSelect(node.key);
  };
  const place =
    node.id === null
      ? t('relations.outside')
      : (node.divisionName ?? dictionaries.name('sizes', node.size) ?? '');
  const note = hidden > 0 ? `${place} · ${t('relations.hidden', { count: hidden })}` : place;
  const kind = isCentre ? ' centre' : node.id === null ? ' named' : '';
  return (
    // biome-ignore lint/a11y/useSemanticElements: an SVG has no button element
    <g
      className={`graph-node${kind}${isSelected ? ' selected' : ''}`}
      transform={`translate(${node.x} ${node.y})`}
      role="button"
      tabIndex={0}
      aria-pressed={isSelected}
      onClick={() => onSelect(node.key)}
      onKeyDown={press}
    >
      <rect width={node.width} height={node.height} rx={6} />
      <text x={node.width / 2} y={22} textAnchor="middle">
        {node.lines.map((line, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines of one name never change places
          <tspan key={at} x={node.width / 2} dy={at === 0 ? 0 : 17}>
            {line}
          </tspan>
        ))}
        <tspan className="graph-note" x={node.width / 2} dy={17}>
          {note}
        </tspan>
      </text>
    </g>
  );
}

/** What the lines mean, of the kinds that the picture has. */
export function RelationLegend({ picture }: { picture: Picture }) {
  const { t } = useTranslation();
  const pick = usePick();
  const kinds = kindsIn(picture, KINDS);
  if (kinds.length === 0) return null;
  return (
    <ul className="graph-legend" aria-label={t('relations.legend')}>
      {kinds.map((kind) => (
        <li key={kind}>
          <svg width="34" height="10" aria-hidden="true">
            <path className={`graph-edge ${kind}`} d="M1 5H33" />
          </svg>
          {pick(RELATION_KINDS[kind])}
        </li>
      ))}
    </ul>
  );
}
