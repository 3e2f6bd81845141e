import { CopyOutlined, DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { CONFIGURED_CONNECTIONS_MAX, type ConnectionDocument } from '@ronghe/contracts';
import { Button, Popconfirm } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Column, DataTable } from '../../../components/data-table.tsx';
import { Panel } from '../../../components/page.tsx';
import { ConnectionTag, Tag } from '../../../components/tags.tsx';
import { protocolTitle } from '../../../i18n/connectors/index.ts';
import { usePreferences } from '../../../lib/preferences.ts';
import { isSealed } from '../form/json-schema.ts';
import { withoutSecrets } from '../form/secrets.ts';
import { isWithin } from '../form/value-path.ts';
import { countPoints } from './config-diff.ts';
import { useEditor } from './editor-context.ts';
import { ImportDrawer } from './import-drawer.tsx';
import { freeName } from './new-connection.ts';
import { ProtocolPicker } from './protocol-picker.tsx';

type Row = { connection: ConnectionDocument; at: number };

/** All connections of the draft, with what is known of them now. */
export function ConnectionList() {
  const { t } = useTranslation();
  const editor = useEditor();
  const [adding, setAdding] = useState(false);
  const [importing, setImporting] = useState(false);
  const columns = useColumns();
  const full = editor.connections.length >= CONFIGURED_CONNECTIONS_MAX;
  const actions = !editor.readOnly && (
    <div className="row">
      <Button onClick={() => setImporting(true)}>{t('fleet.import.open')}</Button>
      <Button type="primary" icon={<PlusOutlined />} disabled={full} onClick={() => setAdding(true)}>
        {t('fleet.editor.add')}
      </Button>
    </div>
  );
  return (
    <Panel
      title={t('fleet.editor.connections', { count: editor.connections.length })}
      actions={actions}
      flush
    >
      {editor.connections.length === 0 ? (
        <div className="empty">
          <strong>{t('fleet.editor.none')}</strong>
          <span>{t('fleet.editor.noneHint')}</span>
        </div>
      ) : (
        <DataTable
          label={t('collect.collectors.connections')}
          rows={editor.connections.map((connection, at) => ({ connection, at }))}
          rowKey={({ at }) => at}
          columns={columns}
          onOpen={({ at }) => editor.place.openConnection(at)}
        />
      )}
      <ProtocolPicker open={adding} onClose={() => setAdding(false)} />
      {importing && <ImportDrawer onClose={() => setImporting(false)} />}
    </Panel>
  );
}

function useColumns(): Column<Row>[] {
  const { t } = useTranslation();
  const { locale } = usePreferences();
  const { place, collector, issues, readOnly } = useEditor();
  const live = new Map((collector.report?.connections ?? []).map((each) => [each.name, each]));
  const faults = (at: number) =>
    [...issues.keys()].filter((path) => isWithin(path, `connections[${at}]`)).length;
  const columns: Column<Row>[] = [
    {
      key: 'name',
      title: t('fleet.editor.connection'),
      minWidth: 150,
      render: ({ connection, at }) => (
        <Button type="link" size="small" className="cell-link" onClick={() => place.openConnection(at)}>
          {connection.name}
        </Button>
      ),
    },
    {
      key: 'protocol',
      title: t('collect.collectors.protocol'),
      nowrap: true,
      render: ({ connection }) => protocolTitle(connection.protocol, locale),
    },
    {
      key: 'endpoint',
      title: t('collect.collectors.endpoint'),
      minWidth: 160,
      render: ({ connection }) => <code>{String(connection.endpoint ?? connection.listen ?? '—')}</code>,
    },
    {
      key: 'points',
      title: t('collect.collectors.points'),
      align: 'end',
      render: ({ connection }) => countPoints(connection),
    },
    {
      key: 'state',
      title: t('collect.collectors.state'),
      nowrap: true,
      render: ({ connection, at }) => {
        const count = faults(at);
        if (count > 0) return <Tag tone="bad">{t('fleet.editor.issues', { count })}</Tag>;
        const state = live.get(connection.name)?.state;
        return state ? (
          <ConnectionTag state={state} />
        ) : (
          <span className="faint">{t('fleet.editor.notRunning')}</span>
        );
      },
    },
  ];
  const actions: Column<Row> = {
    key: 'actions',
    title: <span className="visually-hidden">{t('action.more')}</span>,
    align: 'end',
    nowrap: true,
    render: (row) => <RowActions {...row} />,
  };
  return readOnly ? columns : [...columns, actions];
}

function RowActions({ connection, at }: Row) {
  const { t } = useTranslation();
  const { connections, change, schemaOf } = useEditor();
  const duplicate = () => {
    // A secret is kept for one connection and its address; a copy needs it entered again.
    const { value } = withoutSecrets(schemaOf(connection.protocol), dropSealed(connection));
    const copy = { ...(value as ConnectionDocument), name: freeName(connection.name, connections) };
    change([...connections.slice(0, at + 1), copy, ...connections.slice(at + 1)]);
  };
  return (
    <span className="row nowrap-row end">
      <Button type="text" size="small" icon={<CopyOutlined />} onClick={duplicate}>
        {t('fleet.editor.duplicate')}
      </Button>
      <Popconfirm
        title={t('fleet.editor.deleteTitle', { name: connection.name })}
        description={t('fleet.editor.deleteText', { count: countPoints(connection) })}
        okText={t('fleet.editor.delete')}
        onConfirm={() => change(connections.filter((_, index) => index !== at))}
      >
        <Button type="text" size="small" icon={<DeleteOutlined />}>
          {t('fleet.editor.delete')}
        </Button>
      </Popconfirm>
    </span>
  );
}

const dropSealed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(dropSealed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, part]) => (isSealed(part) ? [] : [[key, dropSealed(part)]])),
  );
};
