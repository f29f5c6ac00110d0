// Opens a Go plugin, calls it N times, and prints what both took, in nanoseconds.
package main

import (
	"fmt"
	"os"
	"plugin"
	"strconv"
	"time"
)

func main() {
	calls, _ := strconv.Atoi(os.Args[2])
	began := time.Now()
	opened, err := plugin.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	symbol, err := opened.Lookup("Add")
	if err != nil {
		panic(err)
	}
	add := symbol.(func(int32, int32) int32)
	first := add(1, 2)
	open := time.Since(began)
	sum := int32(0)
	began = time.Now()
	for i := 0; i < calls; i++ {
		sum = add(sum, 1)
	}
	each := float64(time.Since(began).Nanoseconds()) / float64(calls)
	fmt.Printf("{\"open\":%d,\"call\":%f,\"first\":%d,\"sum\":%d}\n", open.Nanoseconds(), each, first, sum)
}
