import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { HealthRegistry, Log, type ComponentHealth } from '@vigil/service';
import type { DatabaseSettings } from './connection.js';
import { Database } from './database.js';

/** Gives every part of a service its {@link Database}, which connects in the background. */
@Module({})
export class StorageModule implements OnApplicationShutdown {
  constructor(@Inject(Database) private readonly database: Database) {}

  static forRoot(settings: DatabaseSettings): DynamicModule {
    return {
      module: StorageModule,
      global: true,
      providers: [
        {
          provide: Database,
          inject: [Log, HealthRegistry],
          useFactory: (log: Log, health: HealthRegistry) => {
            const database = new Database(settings, log.child('storage'));
            health.register('postgres', () => healthOf(database));
            database.start();
            return database;
          },
        },
      ],
      exports: [Database],
    };
  }

  /** After the other parts have stopped, so that what they still write is written. */
  async onApplicationShutdown(): Promise<void> {
    await this.database.close();
  }
}

async function healthOf(database: Database): Promise<ComponentHealth> {
  const problem = database.problem();
  if (problem !== undefined) return { status: 'down', detail: problem };
  const startedAt = performance.now();
  await database.run((manager) => manager.query('SELECT 1'));
  return { status: 'ok', latencyMs: Math.round((performance.now() - startedAt) * 100) / 100 };
}
