import { LeftOutlined } from '@ant-design/icons';
import type { ConnectionDocument } from '@ronghe/contracts';
import { Button } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { type TabItem, Tabs } from '../../../components/tabs.tsx';
import { ConnectionTag } from '../../../components/tags.tsx';
import { protocolAbout, protocolTitle } from '../../../i18n/connectors/index.ts';
import { usePreferences } from '../../../lib/preferences.ts';
import { FormContext } from '../form/form-context.ts';
import { objectOf } from '../form/json-schema.ts';
import { SchemaFields } from '../form/schema-fields.tsx';
import { issuesBelow } from '../form/value-path.ts';
import { CodeView } from './code-view.tsx';
import { useEditor } from './editor-context.ts';
import type { EditorPart } from './editor-place.ts';
import { PointRows } from './point-rows.tsx';
import { PointsPart } from './points-part.tsx';
import { TrialPart } from './trial-part.tsx';

type ConnectionEditorProps = { at: number; connection: ConnectionDocument };

/** One connection: its settings, its points, a trial, and its text. */
export function ConnectionEditor({ at, connection }: ConnectionEditorProps) {
  const { t } = useTranslation();
  const { locale } = usePreferences();
  const editor = useEditor();
  const schema = editor.schemaOf(connection.protocol);
  const issues = useMemo(() => issuesBelow(editor.issues, `connections[${at}]`), [editor.issues, at]);
  const put = (next: unknown) =>
    editor.change(
      editor.connections.map((each, index) => (index === at ? (next as ConnectionDocument) : each)),
    );
  const live = editor.collector.report?.connections.find(({ name }) => name === connection.name);
  const points = schema && objectOf(schema, connection).properties?.points;
  const withPoints = points?.items?.properties?.key !== undefined;
  const items: TabItem<EditorPart>[] = [
    ...(schema
      ? [
          {
            key: 'settings' as const,
            label: t('fleet.editor.parts.settings'),
            children: (
              <div className="panel">
                <div className="panel-body">
                  <SchemaFields
                    schema={schema}
                    path=""
                    value={connection}
                    onChange={put}
                    without={withPoints ? ['points'] : []}
                  />
                </div>
              </div>
            ),
          },
        ]
      : []),
    ...(withPoints && points
      ? [
          {
            key: 'points' as const,
            label: t('fleet.editor.parts.points', {
              count: Array.isArray(connection.points) ? connection.points.length : 0,
            }),
            children: <PointsPart schema={points} connection={connection} onChange={put} />,
          },
        ]
      : []),
    ...(editor.readOnly
      ? []
      : [
          {
            key: 'trial' as const,
            label: t('fleet.editor.parts.trial'),
            children: <TrialPart connection={connection} />,
          },
        ]),
    {
      key: 'code',
      label: t('fleet.editor.parts.code'),
      children: <CodeView connection={connection} onChange={put} />,
    },
  ];
  const wished = editor.place.part ?? 'settings';
  const active = items.find(({ key }) => key === wished)?.key ?? items[0]?.key ?? 'code';
  return (
    <FormContext.Provider
      value={{ protocol: connection.protocol, readOnly: editor.readOnly, issues, PointRows }}
    >
      <div className="connection-head">
        <Button type="link" size="small" icon={<LeftOutlined />} onClick={editor.place.openList}>
          {t('fleet.editor.all')}
        </Button>
        <h2>{connection.name}</h2>
        {live && <ConnectionTag state={live.state} />}
        <span className="faint">
          {protocolTitle(connection.protocol, locale)} · {protocolAbout(connection.protocol, locale)}
        </span>
      </div>
      {live?.lastError && live.state !== 'connected' && <div className="notice bad">{live.lastError}</div>}
      <Tabs
        label={connection.name}
        active={active}
        items={items}
        onChange={(part) => editor.place.openConnection(at, part)}
      />
    </FormContext.Provider>
  );
}
