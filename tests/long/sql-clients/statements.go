// What clickhouse-go over HTTP, with which Grafana's data source asks, wants of the SQL door: address, user, password. A line for each statement.
package main

import (
	"database/sql"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

func tell(name string, said string, err error) {
	how := "OK"
	if err != nil {
		how, said = "FAIL", err.Error()
	}
	said = strings.Join(strings.Fields(said), " ")
	fmt.Println(name + "\t" + how + "\t" + said[:min(len(said), 300)])
}

func rowsOf(db *sql.DB, text string, arguments ...any) (string, error) {
	rows, err := db.Query(text, arguments...)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	names, _ := rows.Columns()
	values := make([]any, len(names))
	for place := range values {
		values[place] = new(any)
	}
	count := 0
	for rows.Next() {
		if err := rows.Scan(values...); err != nil {
			return "", err
		}
		count++
	}
	return fmt.Sprintf("%d rows", count), rows.Err()
}

func main() {
	methods := []struct {
		name   string
		method *clickhouse.Compression
	}{
		{"none", nil},
		{"lz4", &clickhouse.Compression{Method: clickhouse.CompressionLZ4}},
		{"zstd", &clickhouse.Compression{Method: clickhouse.CompressionZSTD}},
		{"gzip", &clickhouse.Compression{Method: clickhouse.CompressionGZIP}},
		{"deflate", &clickhouse.Compression{Method: clickhouse.CompressionDeflate}},
		{"br", &clickhouse.Compression{Method: clickhouse.CompressionBrotli}},
	}
	statements := []string{
		"SELECT version()", "SHOW DATABASES", "SHOW TABLES", "SELECT name FROM system.databases",
		"SELECT name FROM system.tables WHERE database = 'share'", "DESC TABLE \"share\".\"enterprises\"",
		"SELECT name, type, comment FROM system.columns WHERE database = 'share' AND table = 'enterprises'",
		"SELECT city, count() FROM enterprises GROUP BY city ORDER BY city", "SELECT DISTINCT city FROM share.enterprises LIMIT 1000",
		"SELECT toStartOfInterval(toDateTime(number * 60), INTERVAL 300 second) AS time, avg(number) AS v FROM numbers(1000) WHERE toDateTime(number * 60) >= toDateTime(0) GROUP BY time ORDER BY time",
		"SELECT point, time, value FROM \"share\".\"observations\" WHERE ( time >= fromUnixTimestamp64Milli(1700000000000) AND time <= fromUnixTimestamp64Milli(1800000000000) ) LIMIT 1000",
		"SELECT number, toString(number), toLowCardinality('a'), [number], map('k', number) FROM numbers(200000)",
	}
	for _, each := range methods {
		db := clickhouse.OpenDB(&clickhouse.Options{
			Addr: []string{os.Args[1]}, Protocol: clickhouse.HTTP, Compression: each.method, DialTimeout: 10 * time.Second, ReadTimeout: time.Minute,
			Auth: clickhouse.Auth{Database: "share", Username: os.Args[2], Password: os.Args[3]}, Settings: clickhouse.Settings{"max_execution_time": 30},
		})
		tell(each.name+" ping", "", db.Ping())
		for _, text := range statements {
			said, err := rowsOf(db, text)
			tell(each.name+" "+text, said, err)
		}
		said, err := rowsOf(db, "SELECT {a:String} AS a, {n:UInt8} AS n", clickhouse.Named("a", "it's"), clickhouse.Named("n", "7"))
		tell(each.name+" parameters", said, err)
		said, err = rowsOf(db, "select * from share.nothing")
		tell("refused: table "+each.name, said, err)
		said, err = rowsOf(db, "select toUInt32(if(number = 800000, 'x', toString(number))) as n, repeat('y', 20) as y from numbers(900000)")
		tell("refused: in the middle "+each.name, said, err)
		db.Close()
	}
}
