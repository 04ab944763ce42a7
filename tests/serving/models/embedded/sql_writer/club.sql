-- Flags, missing values, ties.
CREATE TABLE teams (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO teams VALUES (1,'Blue'),(2,'Red'),(3,'Green');
CREATE TABLE members (id INTEGER PRIMARY KEY, name TEXT NOT NULL, team_id INTEGER REFERENCES teams(id), is_admin INTEGER NOT NULL, is_active BOOLEAN NOT NULL, verified INTEGER, shirt TEXT, goals INTEGER);
INSERT INTO members VALUES (1,'Ann',1,1,1,1,'blue',7),(2,'Bo',1,0,1,0,'red',7),(3,'Cy',2,0,0,NULL,NULL,3),(4,'Di',NULL,1,1,1,'red',1),(5,'Ed',2,0,0,0,NULL,0);
CREATE TABLE invoices (id INTEGER PRIMARY KEY, member_id INTEGER NOT NULL REFERENCES members(id), amount REAL NOT NULL, paid_on DATE, status TEXT NOT NULL);
INSERT INTO invoices VALUES (1,1,10,'2026-01-05','closed'),(2,1,20,NULL,'open'),(3,2,30,NULL,'open'),(4,4,30,'2026-02-01','closed'),(5,4,5,NULL,'disputed');
CREATE TABLE halls (id INTEGER PRIMARY KEY, name TEXT NOT NULL, court_count INTEGER NOT NULL);
INSERT INTO halls VALUES (1, 'East', 0), (2, 'West', 3), (3, 'North', 1);
CREATE TABLE fees (id INTEGER PRIMARY KEY, hall_id INTEGER NOT NULL REFERENCES halls (id), hourly_usd NUMERIC(8, 2) NOT NULL);
INSERT INTO fees VALUES (1, 2, 12.5), (2, 3, 9.0);
CREATE TABLE visits (id INTEGER PRIMARY KEY, hall_id INTEGER NOT NULL REFERENCES halls (id), visited_on DATE NOT NULL);
INSERT INTO visits VALUES (1, 2, '2025-03-01'), (2, 2, '2024-02-01');
CREATE TABLE leases (id INTEGER PRIMARY KEY, title TEXT NOT NULL, ended_on DATE);
INSERT INTO leases VALUES (1, 'Boat house', '2024-05-31'), (2, 'Pitch', '2099-12-31'), (3, 'Roof', NULL);
