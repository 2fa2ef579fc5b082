import { databaseContract } from './database.contract.ts';
import { testDatabases } from './testing/databases.ts';

for (const testDatabase of testDatabases({ withPglite: true })) databaseContract(testDatabase);
