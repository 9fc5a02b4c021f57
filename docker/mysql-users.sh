#!/bin/bash
# Runs once, when MySQL makes its files: the separate users of the book. The application gets its rights on each table
# from `xueshi migrate --grants --apply`, which runs before it starts.
set -euo pipefail
root=$(cat /run/secrets/mysql_root)
mysql -u root -p"$root" <<SQL
CREATE USER 'xueshi_migrator'@'%' IDENTIFIED BY '${MIGRATOR_PASSWORD}';
GRANT ALL PRIVILEGES ON xueshi.* TO 'xueshi_migrator'@'%' WITH GRANT OPTION;
CREATE USER 'xueshi_app'@'%' IDENTIFIED BY '${APP_PASSWORD}';
SQL
