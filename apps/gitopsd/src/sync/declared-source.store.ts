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

  /**
   * Sources that were declared once and are not any more, and of which something is left: what they have
   * in force, or what people are told of them.
   */
  async abandoned(): Promise<string[]> {
    const rows = await this.database.run((manager) =>
      manager.query<{ source: string }[]>(
        `SELECT source
           FROM (SELECT source FROM manifests WHERE current UNION SELECT name FROM sources) AS known
          WHERE EXISTS (SELECT FROM manifests WHERE kind = 'Source' AND name = known.source)
            AND NOT EXISTS (SELECT FROM manifests
                             WHERE kind = 'Source' AND current AND name = known.source)`,
      ),
    );
    return rows.map(({ source }) => source);
  }
}
