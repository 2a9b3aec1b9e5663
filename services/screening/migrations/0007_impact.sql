-- What a reorganisation in org touches here.

SELECT keeps('impact');
