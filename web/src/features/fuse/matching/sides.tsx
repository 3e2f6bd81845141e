import {
  ENTERPRISE_ATTRIBUTE_NAMES,
  ENTERPRISE_ATTRIBUTES,
  type EnterpriseAttribute,
  type MatchSide,
} from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { type Column, DataTable } from '../../../components/data-table.tsx';
import { Tag, type Tone } from '../../../components/tags.tsx';
import { useDictionaries } from '../../../lib/dictionaries.ts';
import { usePick } from '../../../lib/use-format.ts';
import { type Piece, textDiff } from './text-diff.ts';
import './explanation.css';

type State = 'same' | 'differs' | 'left' | 'right';
type Cell = { text: string; raw: string; pieces: Piece[] };
type Row = { attribute: EnterpriseAttribute; state: State; a: Cell; b: Cell };
const TONES = { same: 'good', differs: 'bad', left: 'plain', right: 'plain' } as const satisfies Record<
  State,
  Tone
>;
const BETWEEN = '; ';

/** What two records say of each attribute that either of them has, in the order a person reads them. */
export function rowsOf(a: MatchSide, b: MatchSide): Row[] {
  return ENTERPRISE_ATTRIBUTE_NAMES.flatMap((attribute): Row[] => {
    const [one, two] = [a, b].map((side) => textOf(side, attribute)) as [Cell, Cell];
    if (one.text === '' && two.text === '') return [];
    if (two.text === '') return [{ attribute, state: 'left', a: one, b: two }];
    if (one.text === '') return [{ attribute, state: 'right', a: one, b: two }];
    const diff = textDiff(one.text, two.text);
    return [
      {
        attribute,
        state: one.text === two.text ? 'same' : 'differs',
        a: { ...one, pieces: diff.a },
        b: { ...two, pieces: diff.b },
      },
    ];
  });
}

function textOf({ values }: MatchSide, attribute: EnterpriseAttribute): Cell {
  const own = values.filter((value) => value.attribute === attribute);
  const text = own.map(({ value }) => value).join(BETWEEN);
  return { text, raw: own.map(({ raw }) => raw).join(BETWEEN), pieces: [{ text, same: true }] };
}

/** Two records side by side; what differs is marked in the text itself. */
export function Sides({ a, b }: { a: MatchSide; b: MatchSide }) {
  const { t } = useTranslation();
  const pick = usePick();
  const rows = rowsOf(a, b);
  if (rows.length === 0) return <div className="empty">{t('matching.sides.empty')}</div>;
  const count = (...states: State[]) => rows.filter(({ state }) => states.includes(state)).length;
  const side = (key: 'a' | 'b', of: MatchSide): Column<Row> => ({
    key,
    title: <SideHead side={of} />,
    minWidth: 120,
    render: (row) => <Value cell={row[key]} attribute={row.attribute} />,
  });
  return (
    <div className="sides">
      <DataTable
        label={t('matching.sides.title')}
        rows={rows}
        rowKey={({ attribute }) => attribute}
        columns={[
          {
            key: 'attribute',
            title: t('matching.sides.attribute'),
            render: ({ attribute, state }) => (
              <>
                {pick(ENTERPRISE_ATTRIBUTES[attribute])}
                <div>
                  <Tag tone={TONES[state]}>{t(`matching.sides.${state}`)}</Tag>
                </div>
              </>
            ),
          },
          side('a', a),
          side('b', b),
        ]}
      />
      <p className="faint sides-count">
        {t('matching.sides.count', {
          same: count('same'),
          differs: count('differs'),
          single: count('left', 'right'),
        })}
      </p>
    </div>
  );
}

function SideHead({ side }: { side: MatchSide }) {
  const { t } = useTranslation();
  return (
    <span className="side-head">
      <span>{side.sourceName}</span>
      <code>{t('matching.rowKey', { key: side.rowKey })}</code>
      {side.gone && <Tag tone="warn">{t('matching.gone')}</Tag>}
      <Link to="/fuse/enterprises/$id" params={{ id: side.enterprise }}>
        {side.enterpriseName}
      </Link>
    </span>
  );
}

function Value({ cell, attribute }: { cell: Cell; attribute: EnterpriseAttribute }) {
  const { t } = useTranslation();
  const dictionaries = useDictionaries();
  if (cell.text === '') return <span className="faint">—</span>;
  const name =
    attribute === 'division'
      ? dictionaries.divisionName(cell.text)
      : attribute === 'size'
        ? dictionaries.name('sizes', cell.text)
        : null;
  return (
    <span className="side-value">
      {piecesWithPlace(cell.pieces).map(({ place, text, same }) =>
        same ? <span key={place}>{text}</span> : <mark key={place}>{text}</mark>,
      )}
      {name !== null && <span className="side-raw">{name}</span>}
      {cell.raw !== cell.text && (
        <span className="faint side-raw">
          {t('matching.raw')} {cell.raw}
        </span>
      )}
    </span>
  );
}

const piecesWithPlace = (pieces: readonly Piece[]) => {
  let place = 0;
  return pieces.map((piece) => {
    const own = { ...piece, place };
    place += piece.text.length;
    return own;
  });
};
