import type { ApiClient } from './api-client.js';

export interface FeedOptions {
  readonly source: string;
  readonly metric: string;
  readonly resource: string;
  readonly value: number;
}

/** Posts a sample of a metric every {@link INTERVAL_MS}, as an external exporter would. */
export class SampleFeed {
  private timer: NodeJS.Timeout | undefined;
  value: number;

  private constructor(
    private readonly api: ApiClient,
    private readonly options: FeedOptions,
  ) {
    this.value = options.value;
  }

  static start(api: ApiClient, options: FeedOptions): SampleFeed {
    const feed = new SampleFeed(api, options);
    feed.timer = setInterval(() => void feed.post(), INTERVAL_MS);
    return feed;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async post(): Promise<void> {
    const { source, metric, resource } = this.options;
    const metrics = [{ name: metric, value: this.value, labels: { resource } }];
    await this.api.post('/ingest', { source, metrics });
  }
}

const INTERVAL_MS = 250;
