type Labels = Readonly<Record<string, string>>;

/** Counters and gauges in the Prometheus text format (`/metrics`). Names end with their unit. */
export type Metrics = {
  /** Adds to a counter. */
  count(name: string, amount?: number, labels?: Labels): void;
  /** Adds one to a counter of these labels at each call, for what happens many times a second. */
  counter(name: string, labels: Labels): () => void;
  /** Registers a gauge that is read when asked. */
  gauge(name: string, help: string, read: () => number): void;
  describe(name: string, help: string): void;
  render(): string;
};

const SERIES_MAX = 2_000;
const escapeLabel = (value: string) =>
  value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');

/** At most 2,000 label combinations are kept; more are counted under `overflow="true"` so that memory stays bounded. */
export function createMetrics(): Metrics {
  const counters = new Map<string, Map<string, number>>();
  const gauges = new Map<string, { help: string; read: () => number }>();
  const helps = new Map<string, string>();
  let series = 0;
  const keyOf = (labels: Labels) =>
    Object.entries(labels)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
      .join(',');
  function seriesOf(name: string, labels: Labels): { byLabels: Map<string, number>; key: string } {
    const byLabels = counters.get(name) ?? new Map<string, number>();
    counters.set(name, byLabels);
    let key = keyOf(labels);
    if (!byLabels.has(key)) {
      if (series >= SERIES_MAX) key = 'overflow="true"';
      else series += 1;
    }
    return { byLabels, key };
  }
  const add = ({ byLabels, key }: ReturnType<typeof seriesOf>, amount: number) =>
    void byLabels.set(key, (byLabels.get(key) ?? 0) + amount);

  return {
    count: (name, amount = 1, labels = {}) => add(seriesOf(name, labels), amount),
    counter(name, labels) {
      const one = seriesOf(name, labels);
      // the series is there from the beginning: otherwise two counters could take the last place
      add(one, 0);
      return () => add(one, 1);
    },
    gauge: (name, help, read) => void gauges.set(name, { help, read }),
    describe: (name, help) => void helps.set(name, help),
    render() {
      const lines: string[] = [];
      for (const [name, byLabels] of counters) {
        lines.push(`# HELP ${name} ${helps.get(name) ?? name}`, `# TYPE ${name} counter`);
        for (const [labels, value] of byLabels) lines.push(`${name}${labels ? `{${labels}}` : ''} ${value}`);
      }
      for (const [name, { help, read }] of gauges) {
        lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name} ${read()}`);
      }
      return `${lines.join('\n')}\n`;
    },
  };
}
