import { Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { orderedProtocols, protocolAbout, protocolTitle } from '../../../i18n/connectors/index.ts';
import { usePreferences } from '../../../lib/preferences.ts';
import { useEditor } from './editor-context.ts';
import { newConnection } from './new-connection.ts';

/** Chooses the protocol of a new connection and opens its form. */
export function ProtocolPicker({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const { locale } = usePreferences();
  const { state, connections, change, place, schemaOf } = useEditor();
  const choose = (protocol: string) => {
    change([...connections, newConnection(protocol, schemaOf(protocol), connections)]);
    onClose();
    place.openConnection(connections.length);
  };
  return (
    <Modal
      open={open}
      title={t('fleet.editor.chooseProtocol')}
      footer={null}
      onCancel={onClose}
      width={760}
      destroyOnHidden
    >
      <ul className="protocols">
        {orderedProtocols(Object.keys(state.protocols)).map((protocol) => (
          <li key={protocol}>
            <button type="button" className="protocol" onClick={() => choose(protocol)}>
              <strong>{protocolTitle(protocol, locale)}</strong>
              <span>{protocolAbout(protocol, locale)}</span>
              {state.browsable.includes(protocol) && (
                <span className="tag info">{t('fleet.editor.browsable')}</span>
              )}
            </button>
          </li>
        ))}
      </ul>
    </Modal>
  );
}
