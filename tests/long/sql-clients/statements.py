"""What clickhouse-connect, its DB-API and its dialect of SQLAlchemy ask of the SQL door: host, port, user, password. A line for each statement."""

import sys
from datetime import datetime

import clickhouse_connect
import pandas
import sqlalchemy
from clickhouse_connect import dbapi

host, port, user, password = sys.argv[1:5]
address = {"host": host, "port": int(port), "username": user, "password": password}


def tell(name, work):
    try:
        print(name, "OK", str(work()).replace("\n", " ")[:200], sep="\t")
    except Exception as error:
        print(name, "FAIL", str(error).replace("\n", " ")[:300], sep="\t")


def rows(client, statement, **more):
    return client.query(statement, **more).result_rows


def blocks(client):
    with client.query_row_block_stream("select number from numbers(200000)") as stream:
        return sum(len(block) for block in stream)


def cursor_rows():
    cursor = dbapi.connect(**address).cursor()
    cursor.execute("select number, toString(number) from numbers(3)")
    return cursor.fetchall()


for compress in (True, False, "lz4", "zstd", "gzip"):
    tell(
        f"compress={compress}",
        lambda: len(rows(clickhouse_connect.get_client(compress=compress, **address), "select number from numbers(100000)")),
    )
client = clickhouse_connect.get_client(database="share", **address)
form = clickhouse_connect.get_client(form_encode_query_params=True, **address)
values = {"text": "it's\n", "list": [1, 2], "time": datetime(2026, 1, 2, 3)}
tell("server", lambda: (client.server_version, client.ping()))
tell("dataset", lambda: rows(client, "select count() from enterprises"))
tell("parameters", lambda: rows(client, "select {text:String}, {list:Array(Int32)}, {time:DateTime}", parameters=values))
tell("form", lambda: len(rows(form, "select {text:String}", parameters={"text": "x" * 100000})[0][0]))
tell("pandas", lambda: client.query_df("select number, toString(number) as t from numbers(10)").shape)
tell("numpy", lambda: client.query_np("select number from numbers(10)").shape)
tell("arrow", lambda: client.query_arrow("select number from numbers(10)").num_rows)
tell("stream", lambda: blocks(client))
tell("parquet", lambda: len(client.raw_query("select * from enterprises", fmt="Parquet")) > 0)
tell("use", lambda: client.command("USE share"))
tell("set", lambda: client.command("SET max_threads = 1"))
tell("describe table", lambda: len(rows(client, "DESCRIBE TABLE share.enterprises")) > 5)
tell("describe query", lambda: rows(client, "DESCRIBE (select 1 as x)"))
tell("settings", lambda: rows(client, "select 1", settings={"max_block_size": 1000, "max_threads": 1}))
tell("types", lambda: rows(client, "select toLowCardinality('a'), [1, NULL], map('a', 1), (1, 'x'), toDecimal64(1.5, 2), toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0'), NULL"))
tell("refused: table", lambda: rows(client, "select * from share.nothing"))
tell("refused: change", lambda: client.command("drop table share.enterprises"))
tell("dbapi", cursor_rows)

engine = sqlalchemy.create_engine(f"clickhousedb://{user}:{password}@{host}:{port}/share")
inspector = sqlalchemy.inspect(engine)
tell("sqlalchemy schemas", lambda: inspector.get_schema_names())
tell("sqlalchemy tables", lambda: inspector.get_table_names("share"))
tell("sqlalchemy columns", lambda: len(inspector.get_columns("enterprises", schema="share")) > 5)
tell("sqlalchemy has", lambda: (inspector.has_table("enterprises", schema="share"), inspector.has_table("nothing", schema="share")))
tell("sqlalchemy keys", lambda: (inspector.get_pk_constraint("enterprises", schema="share"), inspector.get_foreign_keys("enterprises", schema="share")))


def selected():
    table = sqlalchemy.Table("enterprises", sqlalchemy.MetaData(schema="share"), autoload_with=engine)
    with engine.connect() as connection:
        return connection.execute(sqlalchemy.select(table.c.city, sqlalchemy.func.count()).group_by(table.c.city)).fetchall()


tell("sqlalchemy select", selected)
tell("pandas.read_sql", lambda: pandas.read_sql("select number from numbers(3)", engine).shape)
