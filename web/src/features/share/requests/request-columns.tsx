import type { AccessRequest } from '@ronghe/contracts';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Column } from '../../../components/data-table.tsx';
import { Tag, type Tone } from '../../../components/tags.tsx';
import { useOrganisations } from '../../../lib/organisations.ts';
import { useCan } from '../../../lib/session.ts';
import { useFormat, usePick } from '../../../lib/use-format.ts';

const NAMES_MAX = 4;
const TONES = {
  open: 'info',
  granted: 'good',
  refused: 'bad',
  withdrawn: 'plain',
} as const satisfies Record<AccessRequest['state'], Tone>;

/** Columns of a list of requests, for those who asked or those who answer. */
export function useRequestColumns(
  side: 'mine' | 'owner',
  onOpen: (request: AccessRequest) => void,
): Column<AccessRequest>[] {
  const { t } = useTranslation();
  const pick = usePick();
  const can = useCan();
  const format = useFormat();
  const organisations = useOrganisations();
  const columnNames = useColumnNames();
  return [
    {
      key: 'what',
      title: t('requests.what'),
      minWidth: 220,
      render: (row) => (
        <span className="request-what">
          {pick(row.datasetTitle)}
          <div className="faint">{columnNames(row)}</div>
        </span>
      ),
    },
    ...(side === 'owner'
      ? [
          {
            key: 'by',
            title: t('requests.by'),
            minWidth: 150,
            render: ({ by }: AccessRequest) => (
              <>
                {by.name}
                <div className="faint">{by.organisationName}</div>
              </>
            ),
          },
        ]
      : []),
    {
      key: 'data',
      title: t('requests.data'),
      minWidth: 120,
      // the top of the tree may be beyond what the asker sees of it
      render: ({ organisation }) =>
        organisation.includes('.') ? organisations.name(organisation) : t('requests.allData'),
    },
    {
      key: 'purpose',
      title: t('requests.purpose'),
      minWidth: 180,
      render: ({ purpose, reason }) => (
        <>
          {purpose}
          <div className="faint">{reason}</div>
        </>
      ),
    },
    {
      key: 'until',
      title: t('requests.until'),
      nowrap: true,
      render: ({ until }) => (until === null ? t('policies.forever') : format.dateTime(until)),
    },
    {
      key: 'madeAt',
      title: t('requests.madeAt'),
      nowrap: true,
      render: ({ madeAt }) => format.dateTime(madeAt),
    },
    { key: 'state', title: t('requests.state'), minWidth: 150, render: (row) => <State request={row} /> },
    {
      key: 'actions',
      title: <span className="visually-hidden">{t('action.more')}</span>,
      align: 'end',
      nowrap: true,
      render: (row) => {
        if (side === 'mine')
          return (
            row.state === 'open' && (
              <Button
                size="small"
                aria-label={t('requests.withdrawOf', { name: pick(row.datasetTitle) })}
                onClick={() => onOpen(row)}
              >
                {t('requests.withdraw')}
              </Button>
            )
          );
        const answers = row.state === 'open' && can('share:policy:write');
        return (
          <Button
            size="small"
            type={answers ? 'primary' : 'default'}
            aria-label={t(answers ? 'requests.handleOf' : 'requests.lookOf', { name: row.by.name })}
            onClick={() => onOpen(row)}
          >
            {t(answers ? 'requests.handle' : 'requests.look')}
          </Button>
        );
      },
    },
  ];
}

/** The first names of what was asked for. */
export function useColumnNames(): (request: AccessRequest) => string {
  const { t } = useTranslation();
  const pick = usePick();
  return ({ columns }) => {
    const names = columns
      .slice(0, NAMES_MAX)
      .map(({ title }) => pick(title))
      .join(t('share.listed'));
    return columns.length > NAMES_MAX ? t('requests.columnsMore', { names, count: columns.length }) : names;
  };
}

/** What became of a request; a grant that ended since says so. */
export function State({
  request: { state, grant, answer, decidedAt, decidedBy },
}: {
  request: AccessRequest;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const ended = state === 'granted' && grant !== null && grant.state !== 'active';
  return (
    <>
      <Tag tone={ended ? 'plain' : TONES[state]}>
        {ended ? t(`requests.grants.${grant.state}`) : t(`requests.states.${state}`)}
      </Tag>
      {answer !== '' && <div>{t('requests.answerText', { answer })}</div>}
      {decidedAt !== null && (
        <div className="faint">
          {decidedBy === null
            ? t('requests.decidedAt', { at: format.dateTime(decidedAt) })
            : t('requests.decided', { name: decidedBy, at: format.dateTime(decidedAt) })}
        </div>
      )}
    </>
  );
}
