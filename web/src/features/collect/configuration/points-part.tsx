import { ApartmentOutlined, PlayCircleOutlined } from '@ant-design/icons';
import type { ConnectionDocument } from '@ronghe/contracts';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type JsonSchema, withKey } from '../form/json-schema.ts';
import { BrowseDrawer } from './browse-drawer.tsx';
import { useEditor } from './editor-context.ts';
import { PointTable } from './point-table.tsx';
import { TrialResult } from './trial-result.tsx';
import { useTrial } from './use-trial.ts';

type PointsPartProps = {
  schema: JsonSchema;
  connection: ConnectionDocument;
  onChange: (next: unknown) => void;
};

/** The points of a connection, with what its device offers and what it reads now. */
export function PointsPart({ schema, connection, onChange }: PointsPartProps) {
  const { t } = useTranslation();
  const { place, online, readOnly, state, readings } = useEditor();
  const [browsing, setBrowsing] = useState(false);
  const trial = useTrial(connection);
  const points = Array.isArray(connection.points) ? connection.points : [];
  const put = (next: readonly unknown[]) => onChange(withKey(connection, 'points', next));
  const offline = online ? undefined : t('fleet.trial.offline');
  return (
    <div className="panel">
      {(trial.error || (trial.answer && !trial.answer.connected)) && (
        <div className="panel-body">
          <TrialResult trial={trial} connection={connection} />
        </div>
      )}
      <PointTable
        schema={schema}
        path="points"
        value={points}
        onChange={put}
        readings={readings.get(connection.name)}
        focus={{ row: place.row, field: place.field, close: place.closeRow }}
        actions={
          !readOnly && (
            <>
              {state.browsable.includes(connection.protocol) && (
                <Button
                  icon={<ApartmentOutlined />}
                  disabled={!online}
                  title={offline}
                  onClick={() => setBrowsing(true)}
                >
                  {t('fleet.browse.open')}
                </Button>
              )}
              <Button
                icon={<PlayCircleOutlined />}
                disabled={!online}
                title={offline}
                loading={trial.busy}
                onClick={trial.start}
              >
                {t('fleet.trial.readNow')}
              </Button>
            </>
          )
        }
      />
      {browsing && (
        <BrowseDrawer
          schema={schema}
          connection={connection}
          onClose={() => setBrowsing(false)}
          onAdd={(more) => {
            put([...points, ...more]);
            setBrowsing(false);
          }}
        />
      )}
    </div>
  );
}
