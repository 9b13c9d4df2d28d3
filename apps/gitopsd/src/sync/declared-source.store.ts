import { Injectable } from '@nestjs/common';
import { Source } from '@vigil/manifests';
import { Database } from '@vigil/storage';

/** Sources that manifests declare, as they are in force. */
@Injectable()
export class DeclaredSourceStore {
  constructor(private readonly database: Database) {}

  /** Every source that is declared now, by name. */
  async current(): Promise<Map<string, Source>> {
    const rows = await this.database.run((manager) =>
      manager.query<{ name: string; content: unknown }[]>(
        `SELECT name, content FROM manifests WHERE kind = 'Source' AND current`,
      ),
    );
    return new Map(rows.map(({ name, content }) => [name, Source.parse(content)]));
  }

  /** Sources that were declared once and are not any more, and still have something in force. */
  async abandoned(): Promise<string[]> {
    const rows = await this.database.run((manager) =>
      manager.query<{ source: string }[]>(
        `SELECT DISTINCT source FROM manifests AS owned
          WHERE current
            AND EXISTS (SELECT FROM manifests WHERE kind = 'Source' AND name = owned.source)
            AND NOT EXISTS (SELECT FROM manifests
                             WHERE kind = 'Source' AND current AND name = owned.source)`,
      ),
    );
    return rows.map(({ source }) => source);
  }
}
