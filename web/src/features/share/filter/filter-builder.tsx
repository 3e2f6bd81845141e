import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Checkbox, Input, Select, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { usePick } from '../../../lib/use-format.ts';
import {
  type Condition,
  changed,
  conditionsOf,
  emptyCondition,
  emptyGroup,
  type FilterColumn,
  type Group,
  operatorsOf,
  takesMany,
  takesValue,
} from './filter-tree.ts';
import './filter.css';

export type NamedColumn = FilterColumn & { title: { zh: string; en: string } };
type BuilderProps = {
  tree: Group;
  columns: readonly NamedColumn[];
  onChange: (tree: Group) => void;
  /** what is said when there is no condition */
  none: string;
};
/** The server refuses what is nested deeper. */
const DEPTH_MAX = 5;

/** Writes a filter: conditions on columns, joined by and or or, in groups within groups. */
export function FilterBuilder({ tree, columns, onChange, none }: BuilderProps) {
  const numbers = new Map(conditionsOf(tree).map(({ id }, index) => [id, index + 1]));
  const groups = new Map(groupsOf(tree).map(({ id }, index) => [id, index]));
  const edit: Edit = {
    columns,
    change: (id, change) => onChange(changed(tree, id, change)),
    numberOf: (id) => numbers.get(id) ?? groups.get(id) ?? 0,
  };
  return (
    <div className="filter">
      {tree.parts.length === 0 && <p className="faint">{none}</p>}
      <GroupBox group={tree} edit={edit} depth={0} />
    </div>
  );
}

const groupsOf = (group: Group): Group[] => [
  group,
  ...group.parts.flatMap((part) => (part.kind === 'group' ? groupsOf(part) : [])),
];

type Edit = {
  columns: readonly NamedColumn[];
  change: (id: number, change: Parameters<typeof changed>[2]) => void;
  numberOf: (id: number) => number;
};

function GroupBox({ group, edit, depth }: { group: Group; edit: Edit; depth: number }) {
  const { t } = useTranslation();
  const number = edit.numberOf(group.id);
  const [first] = edit.columns;
  const put = (more: Partial<Group>) => edit.change(group.id, (part) => ({ ...part, ...more }) as Group);
  const nested = depth > 0;
  const content = (
    <>
      <GroupHead group={group} nested={nested} number={number} edit={edit} />
      {group.parts.map((part) =>
        part.kind === 'group' ? (
          <GroupBox key={part.id} group={part} edit={edit} depth={depth + 1} />
        ) : (
          <ConditionRow key={part.id} condition={part} edit={edit} />
        ),
      )}
      <div className="row">
        <Button
          size="small"
          icon={<PlusOutlined />}
          disabled={!first}
          onClick={() => first && put({ parts: [...group.parts, emptyCondition(first)] })}
        >
          {t('share.query.addCondition')}
        </Button>
        {depth < DEPTH_MAX && (
          <Button
            size="small"
            disabled={!first}
            onClick={() =>
              first &&
              put({
                parts: [...group.parts, { ...emptyGroup(), join: 'or', parts: [emptyCondition(first)] }],
              })
            }
          >
            {t('share.query.addGroup')}
          </Button>
        )}
      </div>
    </>
  );
  return nested ? (
    <fieldset className="filter-group" aria-label={t('share.query.groupOf', { number })}>
      {content}
    </fieldset>
  ) : (
    <div className="stack filter-top">{content}</div>
  );
}

type GroupHeadProps = { group: Group; nested: boolean; number: number; edit: Edit };
function GroupHead({ group, nested, number, edit }: GroupHeadProps) {
  const { t } = useTranslation();
  if (group.parts.length < 2 && !nested && !group.not) return null;
  const put = (more: Partial<Group>) => edit.change(group.id, (part) => ({ ...part, ...more }) as Group);
  return (
    <div className="row">
      <Select
        size="small"
        aria-label={t('share.query.join')}
        value={group.join}
        onChange={(join) => put({ join })}
        popupMatchSelectWidth={false}
        options={[
          { value: 'and', label: t('share.query.all') },
          { value: 'or', label: t('share.query.any') },
        ]}
      />
      <Checkbox checked={group.not} onChange={({ target }) => put({ not: target.checked })}>
        {t('share.query.not')}
      </Checkbox>
      {nested && (
        <Button
          size="small"
          type="text"
          icon={<DeleteOutlined />}
          aria-label={t('share.query.removeGroup', { number })}
          onClick={() => edit.change(group.id, () => null)}
        />
      )}
    </div>
  );
}

function ConditionRow({ condition, edit }: { condition: Condition; edit: Edit }) {
  const { t } = useTranslation();
  const pick = usePick();
  const number = edit.numberOf(condition.id);
  const name = t('share.query.conditionOf', { number });
  const column = edit.columns.find((each) => each.name === condition.column);
  const put = (more: Partial<Condition>) =>
    edit.change(condition.id, (part) => ({ ...part, ...more }) as Condition);
  const choose = (chosen: string) => {
    const next = edit.columns.find((each) => each.name === chosen);
    if (!next) return;
    const fits = operatorsOf(next.type).includes(condition.op);
    const op = fits ? condition.op : (operatorsOf(next.type)[0] ?? 'eq');
    put({ column: chosen, op, texts: next.type === column?.type ? condition.texts : [] });
  };
  return (
    <Space.Compact block className="filter-condition" role="group" aria-label={name}>
      <Select
        className="filter-column"
        showSearch={{ optionFilterProp: 'label' }}
        aria-label={`${name} ${t('share.query.column')}`}
        value={condition.column}
        onChange={choose}
        popupMatchSelectWidth={false}
        options={edit.columns.map((each) => ({
          value: each.name,
          label: `${pick(each.title)} ${each.name}`,
        }))}
      />
      <Select
        className="filter-operator"
        aria-label={`${name} ${t('share.query.operator')}`}
        value={condition.op}
        onChange={(op) => put({ op, texts: takesMany(op) ? condition.texts : condition.texts.slice(0, 1) })}
        popupMatchSelectWidth={false}
        options={operatorsOf(column?.type ?? 'text').map((op) => ({
          value: op,
          label: t(`share.query.operators.${op}`),
        }))}
      />
      {takesValue(condition.op) && (
        <ValueField
          condition={condition}
          type={column?.type ?? 'text'}
          name={name}
          onChange={(texts) => put({ texts })}
        />
      )}
      <Button
        icon={<DeleteOutlined />}
        aria-label={t('share.query.removeCondition', { number })}
        onClick={() => edit.change(condition.id, () => null)}
      />
    </Space.Compact>
  );
}

type ValueFieldProps = {
  condition: Condition;
  type: FilterColumn['type'];
  name: string;
  onChange: (texts: string[]) => void;
};
function ValueField({ condition: { op, texts }, type, name, onChange }: ValueFieldProps) {
  const { t } = useTranslation();
  if (takesMany(op))
    return (
      <Select
        className="filter-value"
        mode="tags"
        open={false}
        suffixIcon={null}
        tokenSeparators={[',', '，']}
        aria-label={`${name} ${t('share.query.values')}`}
        placeholder={t('share.query.values')}
        value={texts}
        onChange={onChange}
      />
    );
  const [text = ''] = texts;
  const put = (next: string) => onChange(next === '' ? [] : [next]);
  if (type === 'boolean')
    return (
      <Select
        className="filter-value"
        aria-label={`${name} ${t('share.query.value')}`}
        value={text === '' ? null : text}
        placeholder={t('share.query.value')}
        onChange={(next) => put(next ?? '')}
        options={[
          { value: 'true', label: t('action.yes') },
          { value: 'false', label: t('action.no') },
        ]}
      />
    );
  return (
    <Input
      className="filter-value"
      aria-label={`${name} ${t('share.query.value')}`}
      placeholder={t('share.query.value')}
      value={text}
      onChange={({ target }) => put(target.value)}
      {...FIELDS[type]}
    />
  );
}

const FIELDS = {
  text: {},
  integer: { inputMode: 'numeric' },
  number: { inputMode: 'decimal' },
  time: { type: 'datetime-local', step: 'any' },
  date: { type: 'date' },
} as const;
