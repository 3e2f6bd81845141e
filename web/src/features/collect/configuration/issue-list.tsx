import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldLabel } from '../../../i18n/connectors/index.ts';
import { usePreferences } from '../../../lib/preferences.ts';
import { isDict } from '../form/json-schema.ts';
import { pathOf, patternOf, stepsOf, valueAt } from '../form/value-path.ts';
import { useEditor } from './editor-context.ts';

const SHOWN = 8;
type IssueListProps = { issues: readonly { path: string; message: string }[]; onOpen?: () => void };

/** Problems, each with the way to its place. */
export function IssueList({ issues, onOpen }: IssueListProps) {
  const { t } = useTranslation();
  const { place } = useEditor();
  const nameOf = usePlaceName();
  const [all, setAll] = useState(false);
  const shown = all ? issues : issues.slice(0, SHOWN);
  return (
    <ul className="issues">
      {shown.map(({ path, message }) => (
        <li key={`${path} ${message}`}>
          <Button
            type="link"
            size="small"
            onClick={() => {
              place.openIssue(path);
              onOpen?.();
            }}
          >
            {nameOf(path)}
          </Button>
          {message !== '' && <span>{message}</span>}
        </li>
      ))}
      {issues.length > shown.length && (
        <li>
          <Button type="link" size="small" onClick={() => setAll(true)}>
            {t('fleet.editor.moreIssues', { count: issues.length - shown.length })}
          </Button>
        </li>
      )}
    </ul>
  );
}

/** `connections[0].points[3].address` as a person calls it: connection › point › Address. */
export function usePlaceName(): (path: string) => string {
  const { connections } = useEditor();
  const { locale } = usePreferences();
  const { t } = useTranslation();
  return (path) => {
    const [, at, ...rest] = stepsOf(path);
    const connection = typeof at === 'number' ? connections[at] : undefined;
    if (!connection) return path === '' ? t('fleet.editor.whole') : path;
    const names = rest.map((step, index) => {
      const here = rest.slice(0, index + 1);
      if (typeof step !== 'number') return fieldLabel(connection.protocol, patternOf(pathOf(here)), locale);
      const item = valueAt(connection, here);
      const told = isDict(item) ? (item.key ?? item.name) : undefined;
      return typeof told === 'string' && told !== '' ? told : t('fleet.form.entry', { number: step + 1 });
    });
    return [connection.name, ...names].join(' › ');
  };
}
