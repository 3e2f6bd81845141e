import { InboxOutlined } from '@ant-design/icons';
import { UPLOAD_BYTES_MAX, type Upload } from '@ronghe/contracts';
import { Button, Progress } from 'antd';
import { type DragEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { uploadFile } from '../../../lib/upload.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { Refusal } from '../refusal.tsx';
import './wizard.css';

const ENDINGS = ['xlsx', 'csv', 'tsv', 'txt', 'json', 'jsonl', 'ndjson', 'parquet'];
/** Old or protected forms of workbooks, which are told apart so that people know what to do. */
const OLD_ENDINGS = ['xls', 'xlsb', 'et'];

type DropZoneProps = {
  onUploaded: (upload: Upload) => void;
  /** what follows the upload is still going on */
  busy?: boolean;
  small?: boolean;
};
type Going = { file: File; share: number };

/** A file dropped or chosen, handed over with its progress. */
export function DropZone({ onUploaded, busy = false, small = false }: DropZoneProps) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const stop = useRef<AbortController | null>(null);
  const [over, setOver] = useState(false);
  const [going, setGoing] = useState<Going | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => () => stop.current?.abort(), []);
  const take = async (files: FileList | null) => {
    const file = files?.[0];
    if (!file || going) return;
    const wrong = wrongWith(file, files.length);
    setProblem(wrong ? t(`wizard.drop.${wrong}`) : null);
    setError(null);
    if (wrong && wrong !== 'onlyFirst') return;
    const control = new AbortController();
    stop.current = control;
    setGoing({ file, share: 0 });
    try {
      const onProgress = (share: number) => setGoing({ file, share });
      onUploaded(await uploadFile<Upload>('/api/fuse/uploads', file, { onProgress, signal: control.signal }));
    } catch (failure) {
      if (!control.signal.aborted) setError(failure);
    } finally {
      setGoing(null);
    }
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void take(event.dataTransfer.files);
  };
  return (
    <div>
      {error ? <Refusal error={error} /> : null}
      {problem && (
        <div className="notice bad" role="alert">
          {problem}
        </div>
      )}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a convenience; the button inside does the same */}
      <div
        className={`drop-zone${over ? ' over' : ''}${small ? ' small' : ''}`}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <input
          ref={input}
          type="file"
          className="visually-hidden"
          tabIndex={-1}
          aria-label={t('wizard.drop.choose')}
          accept={ENDINGS.map((ending) => `.${ending}`).join(',')}
          onChange={(event) => {
            void take(event.target.files);
            event.target.value = '';
          }}
        />
        {going || busy ? (
          <Progressing going={going} onStop={() => stop.current?.abort()} />
        ) : (
          <>
            <InboxOutlined className="drop-mark" aria-hidden />
            <strong>{t('wizard.drop.title')}</strong>
            <span className="faint">{t('wizard.drop.hint')}</span>
            <Button type="primary" onClick={() => input.current?.click()}>
              {t('wizard.drop.choose')}
            </Button>
          </>
        )}
      </div>
    </div>
  );
}

function Progressing({ going, onStop }: { going: Going | null; onStop: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const share = going?.share ?? 1;
  return (
    <div className="drop-going" role="status">
      <strong>{going?.file.name ?? t('wizard.looking')}</strong>
      <Progress percent={Math.floor(share * 100)} status={share < 1 ? 'active' : 'normal'} />
      <span className="faint">
        {going && share < 1
          ? t('wizard.drop.sent', {
              sent: format.bytes(going.file.size * share),
              of: format.bytes(going.file.size),
            })
          : t('wizard.looking')}
      </span>
      {going && (
        <Button size="small" onClick={onStop}>
          {t('action.cancel')}
        </Button>
      )}
    </div>
  );
}

/** What keeps a file from being taken, or is to be known of it; null when all is well. */
function wrongWith(file: File, count: number): 'old' | 'unknown' | 'empty' | 'large' | 'onlyFirst' | null {
  const ending = file.name.toLowerCase().split('.').at(-1) ?? '';
  if (OLD_ENDINGS.includes(ending)) return 'old';
  if (!ENDINGS.includes(ending)) return 'unknown';
  if (file.size === 0) return 'empty';
  if (file.size > UPLOAD_BYTES_MAX) return 'large';
  return count > 1 ? 'onlyFirst' : null;
}
