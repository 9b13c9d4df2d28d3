import { evaluate, parseCondition, SeriesStore, type Condition } from '@vigil/policy';

/**
 * How many sample evaluations a core makes: one is a sample taken in, and the condition on its series
 * evaluated. Counts CPU time, not wall time; prints one JSON document: `npm run bench -- policy`.
 */
interface Scenario {
  readonly name: string;
  readonly condition: string;
  readonly metric: string;
  /** Value of the n-th sample of a series. */
  readonly value: (n: number) => number;
  readonly intervalMs: number;
  readonly series: number;
  readonly samplesPerSeries: number;
}

const healthy = (n: number) => (n % 50 === 0 ? 85 : 40 + (n % 20));

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'for-healthy',
    condition: 'cpu_usage > 80% for 5m',
    metric: 'cpu_usage',
    value: healthy,
    intervalMs: 10_000,
    series: 1000,
    samplesPerSeries: 1000,
  },
  {
    name: 'for-all-breaching',
    condition: 'cpu_usage > 80% for 5m',
    metric: 'cpu_usage',
    value: () => 95,
    intervalMs: 10_000,
    series: 1000,
    samplesPerSeries: 500,
  },
  {
    name: 'attempts',
    condition: 'health_check_failed for 3 attempts',
    metric: 'health_check_failed',
    value: (n) => (n % 40 < 3 ? 1 : 0),
    intervalMs: 10_000,
    series: 1000,
    samplesPerSeries: 1000,
  },
  {
    name: 'average-of-5m',
    condition: 'avg(cpu_usage[5m]) > 80%',
    metric: 'cpu_usage',
    value: healthy,
    intervalMs: 10_000,
    series: 1000,
    samplesPerSeries: 500,
  },
  {
    name: 'trend-of-30m',
    condition: 'memory_usage increasing for 30m',
    metric: 'memory_usage',
    value: (n) => 50 + Math.sin(n) * 5,
    intervalMs: 10_000,
    series: 50,
    samplesPerSeries: 400,
  },
];

function conditionOf(text: string): Condition {
  const parsed = parseCondition(text);
  if (!parsed.ok) throw new Error(parsed.diagnostics.map(({ message }) => message).join('; '));
  return parsed.condition;
}

function run(scenario: Scenario) {
  const condition = conditionOf(scenario.condition);
  const store = new SeriesStore();
  store.require(condition.metrics);
  const hosts = Array.from({ length: scenario.series }, (_, index) => ({
    source: `host-${index}`,
    labels: { resource: `production/Service/web-${index}`, role: 'web' },
  }));
  let truths = 0;
  const started = process.cpuUsage();
  for (let n = 0; n < scenario.samplesPerSeries; n += 1) {
    const timestamp = 1_000_000 + n * scenario.intervalMs;
    const value = scenario.value(n);
    for (const { source, labels } of hosts) {
      store.add(source, { name: scenario.metric, labels, value, timestamp }, timestamp);
      const { results } = evaluate(condition, store, timestamp, { source });
      if (results[0]?.truth === 'true') truths += 1;
    }
  }
  const used = process.cpuUsage(started);
  const seconds = (used.user + used.system) / 1e6;
  const samples = scenario.series * scenario.samplesPerSeries;
  return {
    name: scenario.name,
    condition: scenario.condition,
    samples,
    trueResults: truths,
    cpuSeconds: Number(seconds.toFixed(3)),
    samplesPerSecondPerCore: Math.round(samples / seconds),
  };
}

for (const scenario of SCENARIOS) run({ ...scenario, samplesPerSeries: 50 });
console.log(JSON.stringify({ benchmark: 'policy', results: SCENARIOS.map(run) }, undefined, 2));
