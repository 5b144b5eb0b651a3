module github.com/go-fusebox/fusebox

go 1.26.0
