import { expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

it('renders counters and gauges in the Prometheus text format', () => {
  const metrics = createMetrics();
  metrics.describe('ronghe_things_total', 'things');
  metrics.count('ronghe_things_total', 2, { kind: 'a"b\n' });
  metrics.count('ronghe_things_total', 3, { kind: 'a"b\n' });
  metrics.gauge('ronghe_memory_bytes', 'memory', () => 7);
  expect(metrics.render()).toBe(
    '# HELP ronghe_things_total things\n# TYPE ronghe_things_total counter\nronghe_things_total{kind="a\\"b\\n"} 5\n' +
      '# HELP ronghe_memory_bytes memory\n# TYPE ronghe_memory_bytes gauge\nronghe_memory_bytes 7\n',
  );
});

it('keeps memory bounded however many label values come', () => {
  const metrics = createMetrics();
  for (let index = 0; index < 5_000; index += 1)
    metrics.count('ronghe_things_total', 1, { kind: String(index) });
  const lines = metrics.render().trim().split('\n');
  expect(lines.length).toBeLessThan(2_010);
  expect(lines).toContain('ronghe_things_total{overflow="true"} 3000');
});

it('counts the same series by a counter that is kept', () => {
  const metrics = createMetrics();
  const count = metrics.counter('ronghe_things_total', { status: '200', method: 'GET' });
  count();
  count();
  metrics.count('ronghe_things_total', 1, { method: 'GET', status: '200' });
  expect(metrics.render()).toContain('ronghe_things_total{method="GET",status="200"} 3\n');
});
