import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { Log } from '@vigil/service';
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
          inject: [Log],
          useFactory: (log: Log) => {
            const database = new Database(settings, log.child('storage'));
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
