import type { ConfigurationIssue, ConnectionDocument, ProtocolSchema } from '@ronghe/contracts';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { checkValue } from '../form/check-value.ts';
import { useFaultText } from '../form/form-context.ts';
import type { JsonSchema } from '../form/json-schema.ts';
import { type Issues, issuesByPath, joined, patternOf, stepsOf } from '../form/value-path.ts';

/** What the collector or the server said of a configuration; it counts for connections that stayed as they were. */
export type ToldIssues = {
  connections: readonly ConnectionDocument[];
  issues: readonly ConfigurationIssue[];
};

type IssuesInput = {
  connections: readonly ConnectionDocument[];
  protocols: Readonly<Record<string, ProtocolSchema>>;
  told: ToldIssues | null;
};

/** All problems that are known: those that the schemas tell at once, and those that the collector told when asked. */
export function useIssues({ connections, protocols, told }: IssuesInput): Issues {
  const { t } = useTranslation();
  const faultText = useFaultText();
  // biome-ignore lint/correctness/useExhaustiveDependencies: faultText changes with the language, as t does
  return useMemo(() => {
    const names = connections.map(({ name }) => name);
    const own = connections.flatMap((connection, at) => {
      const schema = protocols[connection.protocol] as JsonSchema | undefined;
      const above = `connections[${at}]`;
      const faults = schema ? checkValue(schema, connection) : [];
      const twice = names.indexOf(connection.name) < at;
      return [
        ...faults.map((issue) => ({
          path: joined(above, issue.path),
          message: faultText(issue, connection.protocol, patternOf(issue.path)),
        })),
        ...(twice ? [{ path: `${above}.name`, message: t('fleet.faults.nameTwice') }] : []),
      ];
    });
    return issuesByPath([...own, ...stillTrue(connections, told)]);
  }, [connections, protocols, told, t]);
}

const stillTrue = (connections: readonly ConnectionDocument[], told: ToldIssues | null) =>
  (told?.issues ?? []).filter(({ path }) => {
    const at = stepsOf(path)[1];
    return typeof at !== 'number' || connections[at] === told?.connections[at];
  });
