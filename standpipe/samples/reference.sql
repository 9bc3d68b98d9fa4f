-- The SQL database of the demo: who owns the accounts, and what they may trade.
CREATE TABLE accounts (
    account TEXT PRIMARY KEY, owner TEXT NOT NULL, base_currency TEXT NOT NULL, opened_on DATE, is_active BOOLEAN NOT NULL
);
INSERT INTO accounts VALUES
    ('GB-1001', 'Ada Byron', 'GBP', '2005-11-14', 1),
    ('GB-1002', 'Mary Somerville', 'GBP', '2005-12-01', 1),
    ('GB-1003', 'Charles Babbage', 'GBP', '2005-12-19', 0),
    ('CH-2001', 'Leonhard Euler', 'CHF', '2005-10-03', 1),
    ('EU-3001', 'Sophie Germain', 'EUR', '2005-09-21', 1);
CREATE TABLE instruments (
    ticker TEXT PRIMARY KEY, name TEXT NOT NULL, exchange TEXT NOT NULL, currency TEXT NOT NULL, sector TEXT
);
INSERT INTO instruments VALUES
    ('AAPL', 'Apple Inc.', 'NASDAQ', 'USD', 'Technology'),
    ('FB', 'Facebook, Inc.', 'NASDAQ', 'USD', 'Communication'),
    ('GOOG', 'Google Inc.', 'NASDAQ', 'USD', 'Communication'),
    ('IBM', 'International Business Machines', 'NYSE', 'USD', 'Technology'),
    ('MSFT', 'Microsoft Corporation', 'NASDAQ', 'USD', 'Technology');
