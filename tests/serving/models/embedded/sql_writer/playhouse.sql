-- What ordinary people ask of a theatre: shares, ages, what nobody did, what adds up.
CREATE TABLE venues (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT NOT NULL, seats INTEGER NOT NULL);
INSERT INTO venues VALUES (1, 'Grand Hall', 'Leeds', 500), (2, 'Studio Two', 'Leeds', 140), (3, 'Riverside', 'York', 510), (4, 'Old Mill', 'Leeds', 260);
CREATE TABLE productions (id INTEGER PRIMARY KEY, title TEXT NOT NULL, genre TEXT NOT NULL, budget REAL NOT NULL, closed_on DATE);
INSERT INTO productions VALUES (1, 'The Lantern', 'drama', 42000, '2023-05-01'), (2, 'Winter Tide', 'drama', 38000, NULL), (3, 'Tea for Ten', 'comedy', 18500, '2022-01-31'), (4, 'Glass Moon', 'musical', 96000, NULL);
CREATE TABLE actors (id INTEGER PRIMARY KEY, first_name TEXT NOT NULL, last_name TEXT NOT NULL, birth_date DATE NOT NULL, email TEXT);
INSERT INTO actors VALUES (1, 'Ada', 'Bloom', '1935-04-04', 'ada@post.test'), (2, 'Bert', 'Crane', '2015-09-09', NULL), (3, 'Cleo', 'Dray', '1990-01-01', 'cleo@post.test');
CREATE TABLE performances (id INTEGER PRIMARY KEY, production_id INTEGER NOT NULL REFERENCES productions (id), venue_id INTEGER NOT NULL REFERENCES venues (id), performed_on DATE NOT NULL, cancelled BOOLEAN NOT NULL);
INSERT INTO performances VALUES (1, 1, 1, '2022-03-01', 0), (2, 1, 1, '2022-03-02', 1), (3, 2, 1, '2023-07-01', 0), (4, 4, 2, '2023-08-01', 0), (5, 4, 3, '2024-02-01', 0);
CREATE TABLE reviews (id INTEGER PRIMARY KEY, production_id INTEGER NOT NULL REFERENCES productions (id), newspaper TEXT NOT NULL, stars INTEGER NOT NULL);
INSERT INTO reviews VALUES (1, 1, 'Herald', 5), (2, 1, 'Echo', 4), (3, 2, 'Herald', 4), (4, 2, 'Echo', 1), (5, 4, 'Post', 3);
CREATE TABLE patrons (id INTEGER PRIMARY KEY, name TEXT NOT NULL, town TEXT NOT NULL, joined_on DATE NOT NULL);
INSERT INTO patrons VALUES (1, 'Abel Ames', 'Leeds', '2020-01-01'), (2, 'Beth Burr', 'York', '2021-01-01'), (3, 'Carl Cobb', 'York', '2021-05-01'), (4, 'Dina Drew', 'Hull', '2022-01-01');
CREATE TABLE bookings (id INTEGER PRIMARY KEY, patron_id INTEGER NOT NULL REFERENCES patrons (id), performance_id INTEGER NOT NULL REFERENCES performances (id), tickets INTEGER NOT NULL, price REAL NOT NULL, booked_on DATE NOT NULL);
INSERT INTO bookings VALUES (1, 1, 1, 6, 20, '2022-02-01'), (2, 2, 1, 3, 20, '2022-02-02'), (3, 2, 3, 4, 39, '2023-06-01'), (4, 3, 4, 1, 60, '2023-07-01'), (5, 2, 5, 1, 12, '2024-01-05');
CREATE TABLE ushers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, birth_date DATE NOT NULL);
INSERT INTO ushers VALUES (1, 'Olga Reed', '1980-01-01'), (2, 'Pete Sand', '1985-01-01'), (3, 'Rita Todd', '1992-01-01');
CREATE TABLE duties (id INTEGER PRIMARY KEY, usher_id INTEGER NOT NULL REFERENCES ushers (id), venue_id INTEGER NOT NULL REFERENCES venues (id), worked_on DATE NOT NULL, hours REAL NOT NULL, task TEXT NOT NULL);
INSERT INTO duties VALUES (1, 1, 1, '2023-01-01', 8, 'supervisor'), (2, 2, 1, '2023-01-02', 5, 'clerk'), (3, 2, 2, '2023-02-01', 6, 'clerk'), (4, 1, 2, '2024-02-01', 1, 'supervisor');
